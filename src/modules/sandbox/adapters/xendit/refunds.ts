import type { SandboxPorts } from '../../ports.ts'
import { fieldsOf, isAmount, isText } from '../../domain/fields.ts'
import { refund, refundByKey, type Payment, type RefundRefusal } from '../../domain/payment.ts'
import { xenditChannels } from '../../domain/xendit/channels.ts'
import { refundOnWire } from '../../domain/xendit/webhooks.ts'
import { changePayment } from '../../use-cases/change-payment.ts'
import type { Answer, Call, Operation } from '../operations.ts'
import { invalid, refuse } from './manners.ts'

export function refundOperations(ports: SandboxPorts): Operation[] {
  return [
    {
      name: 'create-refund',
      method: 'POST',
      path: '/refunds',
      faults: ['refund-fails'],
      answer: (call) => create(ports, call),
    },
    {
      name: 'get-refund',
      method: 'GET',
      path: '/refunds/:id',
      answer: (call) => get(ports, call),
    },
    {
      name: 'list-refunds',
      method: 'GET',
      path: '/refunds',
      answer: (call) => list(ports, call),
    },
  ]
}

const reasons = ['FRAUDULENT', 'DUPLICATE', 'REQUESTED_BY_CUSTOMER', 'CANCELLATION', 'OTHERS']
/** How long a refund takes here. */
const refundMillis = 2_000

/** How Xendit says it, and how it is said to be refused. */
const refusals: Record<RefundRefusal, [status: number, code: string]> = {
  'payment-not-found': [404, 'DATA_NOT_FOUND'],
  'other-content': [409, 'IDEMPOTENCY_ERROR'],
  'not-settled': [400, 'INELIGIBLE_TRANSACTION_STATUS'],
  'not-refundable': [403, 'REFUND_NOT_SUPPORTED'],
  'in-progress': [400, 'REFUND_IN_PROGRESS'],
  'too-much': [400, 'REFUND_AMOUNT_EXCEEDED'],
}

async function create(ports: SandboxPorts, { body, headers, faults }: Call): Promise<Answer> {
  const request = fieldsOf(body)
  const paymentId = request['invoice_id'] ?? request['payment_request_id']
  const { reference_id = paymentId, amount, reason } = request
  const errors = [
    ...(isText(paymentId, 100) ? [] : ['"payment_request_id" is required']),
    ...(isText(reference_id, 255) ? [] : ['"reference_id" is not valid']),
    ...(amount === undefined || isAmount(amount) ? [] : ['"amount" must be a positive number']),
    ...(reasons.includes(reason as string) ? [] : ['"reason" is not valid']),
  ]
  if (errors.length > 0 || !isText(paymentId, 100) || !isText(reference_id, 255)) {
    return invalid(errors)
  }
  const now = ports.clock()
  const key = headers['idempotency-key']
  const asked = {
    id: `rfd-${ports.newId()}`,
    reference: reference_id,
    idempotencyKey: isText(key, 255) ? key : null,
    request,
    amount: isAmount(amount) ? amount : undefined,
    outcome: faults.length > 0 ? ('failed' as const) : ('succeeded' as const),
    dueAt: new Date(now.getTime() + refundMillis).toISOString(),
    isRefundable: (channel: string) => xenditChannels.get(channel)?.isRefundable === true,
  }
  const changed = await changePayment(ports, paymentId, (current) =>
    refund(refundable(current), asked, now),
  )
  if (!changed.ok) {
    const [status, code] = refusals[changed.error.kind]
    return refuse(status, code, 'The refund was refused.')
  }
  const payment = changed.value
  const begun = refundByKey(payment, asked.idempotencyKey) ?? payment.refunds.at(-1)
  return { status: 200, body: refundOnWire(begun!, payment) }
}

const refundable = (payment: Payment | undefined): Payment | undefined =>
  payment?.kind === 'invoice' || payment?.kind === 'request' ? payment : undefined

async function get(ports: SandboxPorts, { id }: Call): Promise<Answer> {
  const [payment] = await ports.payments.search({ gateway: 'xendit', refundId: id }, 1)
  const found = payment?.refunds.find((one) => one.id === id)
  if (!payment || !found) return refuse(404, 'DATA_NOT_FOUND', 'Refund not found.')
  return { status: 200, body: refundOnWire(found, payment) }
}

async function list(ports: SandboxPorts, { query }: Call): Promise<Answer> {
  const id = query['invoice_id'] ?? query['payment_request_id']
  if (!isText(id, 100)) return invalid(['"payment_request_id" is required'])
  const payment = refundable(await ports.payments.find(id))
  const data = payment?.refunds.map((one) => refundOnWire(one, payment)) ?? []
  return { status: 200, body: { data, has_more: false } }
}
