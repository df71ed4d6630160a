import { ok, type Result } from '../../../kernel/result.ts'
import type { RefundReport } from '../domain/payment.ts'
import type { GatewayRefusal, KnownRefund, RefundRequest } from '../ports.ts'
import { getTransaction } from './midtrans-core.ts'
import { refused, understood, type MidtransClient } from './midtrans-wire.ts'

/** A refund is under way once Midtrans took it, and done when the bank confirmed it. */
export async function refundAtMidtrans(
  client: MidtransClient,
  request: RefundRequest,
): Promise<Result<RefundReport, GatewayRefusal>> {
  const { gatewayId, refundReference, amount, reason } = request
  const { code } = await client({
    method: 'POST',
    path: `/v2/${encodeURIComponent(gatewayId)}/refund`,
    body: { refund_key: refundReference, amount, reason: reason.slice(0, 255) },
    repeatable: true,
  })
  if (code === 200 || code === 406) {
    return ok(understood(await findRefundAtMidtrans(client, request), 'the refund it took'))
  }
  // 202: the bank denied it. A wrong key is ours to mend, and the refund is then asked for again.
  if (code === 401) throw new Error('midtrans POST refund: answered 401')
  return refused(code)
}

export async function findRefundAtMidtrans(
  client: MidtransClient,
  { gatewayId, refundReference }: KnownRefund,
): Promise<RefundReport | undefined> {
  const transaction = await getTransaction(client, gatewayId)
  const refund = transaction?.refunds.find(({ key }) => key === refundReference)
  if (!refund) return undefined
  return { status: refund.isConfirmed ? 'done' : 'pending' }
}
