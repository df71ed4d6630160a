import { fieldsOf, isAmount, isText } from '../../domain/fields.ts'
import { midtransChannels } from '../../domain/midtrans/channels.ts'
import {
  notificationCode,
  refundOnMidtransWire,
  signedTransaction,
  transactionOnWire,
  transactionStatus,
} from '../../domain/midtrans/transaction.ts'
import { end, refund, type Payment } from '../../domain/payment.ts'
import type { SandboxPorts } from '../../ports.ts'
import { changePayment } from '../../use-cases/change-payment.ts'
import type { Answer, Call, Operation } from '../operations.ts'
import { refuse } from './manners.ts'

/** What can be done with a transaction, by its own id or by the order's. */
export function transactionOperations(ports: SandboxPorts): Operation[] {
  const post = (name: string, what: string, answer: (call: Call) => Promise<Answer>) =>
    ({ name, method: 'POST', path: `/v2/:id/${what}`, answer }) as const
  const faults = ['refund-fails'] as const
  const refunding = (call: Call) => refundTransaction(ports, call)
  return [
    {
      name: 'get-status',
      method: 'GET',
      path: '/v2/:id/status',
      answer: (call) => getStatus(ports, call),
    },
    post('cancel', 'cancel', (call) => endTransaction(ports, call, 'cancelled')),
    post('expire', 'expire', (call) => endTransaction(ports, call, 'expired')),
    { ...post('refund', 'refund', refunding), faults },
    { ...post('direct-refund', 'refund/online/direct', refunding), faults },
  ]
}

/** Of several attempts on a page of Snap the one that was paid counts, else the last. */
async function find(ports: SandboxPorts, id: string): Promise<Payment | undefined> {
  const byId = await ports.payments.find(id)
  if (byId?.kind === 'charge') return byId
  const wanted = { kind: 'charge', gateway: 'midtrans', reference: id } as const
  const attempts = await ports.payments.search(wanted, 20)
  return attempts.find(({ money }) => money) ?? attempts[0]
}

const notFound = ({ newId }: SandboxPorts) => refuse(404, "Transaction doesn't exist.", newId())

async function getStatus(ports: SandboxPorts, { id }: Call): Promise<Answer> {
  const payment = await find(ports, id)
  if (!payment) return notFound(ports)
  const isExpired = transactionStatus(payment) === 'expire'
  const code = isExpired ? '407' : notificationCode(payment)
  const message = isExpired ? 'Success, transaction has expired' : 'Success, transaction is found'
  return { status: 200, body: signedTransaction(payment, { code, message }, ports.merchant) }
}

const endings = {
  cancelled: { code: '200', message: 'Success, transaction is canceled' },
  expired: { code: '407', message: 'Success, transaction has expired' },
}

async function endTransaction(
  ports: SandboxPorts,
  { id }: Call,
  status: 'cancelled' | 'expired',
): Promise<Answer> {
  const payment = await find(ports, id)
  if (!payment) return notFound(ports)
  const now = ports.clock()
  const ended = await changePayment(ports, payment.id, (current) => end(current, status, now))
  if (!ended.ok) {
    return refuse(412, 'Merchant cannot modify the status of the transaction', ports.newId())
  }
  return { status: 200, body: transactionOnWire(ended.value, endings[status]) }
}

/** How long the bank takes to confirm a refund. */
const refundMillis = 2_000

async function refundTransaction(ports: SandboxPorts, { id, body, faults }: Call): Promise<Answer> {
  const payment = await find(ports, id)
  if (!payment) return notFound(ports)
  const request = fieldsOf(body)
  const { refund_key = ports.newId(), amount } = request
  const isSaneKey = isText(refund_key, 255) && /^[\w-]+$/.test(refund_key)
  if (!isSaneKey || !(amount === undefined || isAmount(amount))) {
    return refuse(400, 'One or more parameters in the payload is invalid.', ports.newId())
  }
  if (payment.refunds.some(({ reference }) => reference === refund_key)) {
    return refuse(406, 'Duplicate refund ID', ports.newId())
  }
  if (faults.length > 0) {
    const words = { code: '202', message: 'Refund denied by the bank' }
    return { status: 200, body: transactionOnWire(payment, words) }
  }
  const now = ports.clock()
  const asked = {
    id: ports.newId(),
    reference: refund_key,
    idempotencyKey: null,
    request,
    amount: isAmount(amount) ? amount : undefined,
    outcome: 'succeeded' as const,
    dueAt: new Date(now.getTime() + refundMillis).toISOString(),
    isRefundable: (channel: string) => midtransChannels.get(channel)?.isRefundable === true,
  }
  const refunded = await changePayment(ports, payment.id, (current) => refund(current, asked, now))
  if (refunded.ok) {
    const begun = refunded.value.refunds.find(({ reference }) => reference === refund_key)
    return { status: 200, body: refundOnMidtransWire(refunded.value, begun!) }
  }
  return refunded.error.kind === 'too-much'
    ? refuse(414, 'Refund amount exceeds the transaction amount', ports.newId())
    : refuse(412, 'Merchant cannot modify the status of the transaction', ports.newId())
}
