import { ok, type Result } from '../../../kernel/result.ts'
import type { RefundReport } from '../domain/payment.ts'
import type { GatewayRefusal, KnownRefund, RefundRequest } from '../ports.ts'
import type { JsonClient } from './json-client.ts'
import { fieldsOf, textOf } from './wire.ts'
import { getSession } from './xendit-sessions.ts'
import { reasonOf, refused, toXenditAmount, understood } from './xendit-wire.ts'

const underWay = ['REFUND_IN_PROGRESS', 'DUPLICATE_ERROR', 'IDEMPOTENCY_ERROR']
const passing = ['TEMPORARILY_UNAVAILABLE', 'INVALID_API_KEY']

export async function refundAtXendit(
  client: JsonClient,
  request: RefundRequest,
): Promise<Result<RefundReport, GatewayRefusal>> {
  const { refundReference, currency, reason } = request
  const answer = await client({
    method: 'POST',
    path: '/refunds',
    headers: { 'idempotency-key': refundReference },
    repeatable: true,
    body: {
      ...(await refundedThing(client, request)),
      reference_id: refundReference,
      amount: toXenditAmount(request.amount, currency),
      currency,
      reason: 'CANCELLATION',
      metadata: { reason: reason.slice(0, 80) },
    },
  })
  if (answer.status < 300) return ok(understood(readXenditRefund(answer.body), 'a refund').report)
  const code = reasonOf(answer.status, answer.body)
  if (underWay.includes(code)) {
    return ok(understood(await findRefundAtXendit(client, request), 'a refund under way'))
  }
  if (passing.includes(code)) throw new Error(`xendit POST /refunds: ${code}`)
  return refused(answer)
}

export async function findRefundAtXendit(
  client: JsonClient,
  request: KnownRefund,
): Promise<RefundReport | undefined> {
  const query = new URLSearchParams(await refundedThing(client, request))
  const answer = await client({ method: 'GET', path: `/refunds?${query}` })
  const list = fieldsOf(answer.body)['data'] ?? answer.body
  const refunds = understood(answer.status < 300 && Array.isArray(list) && list, 'refunds')
  return refunds
    .map(readXenditRefund)
    .find((refund) => refund?.referenceId === request.refundReference)?.report
}

/** Refunds know invoices and payment requests; a page is refunded by the request it led to. */
async function refundedThing(
  client: JsonClient,
  { gatewayId, method }: KnownRefund,
): Promise<Record<string, string>> {
  if (method === 'invoice') return { invoice_id: gatewayId }
  if (method !== 'page') return { payment_request_id: gatewayId }
  const session = await getSession(client, gatewayId)
  const requestId = textOf(session?.['payment_request_id'])
  return { payment_request_id: understood(requestId, 'the payment request of a session') }
}

type XenditRefund = { referenceId: string | undefined; report: RefundReport }

export function readXenditRefund(value: unknown): XenditRefund | undefined {
  const refund = fieldsOf(value)
  const referenceId = textOf(refund['reference_id'])
  switch (refund['status']) {
    case 'SUCCEEDED':
      return { referenceId, report: { status: 'done' } }
    case 'PENDING':
      return { referenceId, report: { status: 'pending' } }
    case 'FAILED':
    case 'CANCELLED': {
      const reason = textOf(refund['failure_code']) ?? String(refund['status'])
      return { referenceId, report: { status: 'failed', reason } }
    }
    default:
      return undefined
  }
}
