import { err, ok, type Result } from '../../../kernel/result.ts'
import type { Decision } from '../../../kernel/store.ts'

/**
 * An invoice as Xendit keeps it, with its refunds.
 *
 *   PENDING ── pay ──▶ PAID
 *   PENDING ── expire ──▶ EXPIRED ── pay late ──▶ EXPIRED, with a payment
 *
 * An invoice that ended is never revived: money that comes afterwards is told by a PAID webhook
 * only, as it is when a bank or a QR code takes it too late.
 */
export type Invoice = {
  id: string
  externalId: string
  status: 'PENDING' | 'PAID' | 'EXPIRED'
  amount: number
  currency: string
  /** What the merchant sent; most of it is echoed. */
  request: Record<string, unknown>
  createdAt: Date
  updatedAt: Date
  expiresAt: Date
  payment: InvoicePayment | null
  refunds: Refund[]
}

export type InvoicePayment = { paymentId: string; amount: number; channel: Channel; at: string }

export type Refund = {
  id: string
  referenceId: string
  idempotencyKey: string | null
  request: Record<string, unknown>
  amount: number
  status: 'PENDING' | 'SUCCEEDED'
  createdAt: Date
  updatedAt: Date
  dueAt: Date
}

/** The ways to pay on the hosted page, as Xendit names them in its webhooks. */
export const channels = {
  DANA: { payment_method: 'EWALLET', payment_channel: 'DANA', ewallet_type: 'DANA' },
  QRIS: { payment_method: 'QR_CODE', payment_channel: 'QRIS' },
  BCA: { payment_method: 'BANK_TRANSFER', payment_channel: 'BCA', bank_code: 'BCA' },
} as const
export type Channel = keyof typeof channels

type Changed<E> = Result<Decision<Invoice>, E>
const go = (state: Invoice) => ok({ state, messages: [] })

export type NotPayable = { kind: 'invoice-not-found' } | { kind: 'invoice-not-payable' }

export function pay(
  current: Invoice | undefined,
  { late, ...payment }: Omit<InvoicePayment, 'at'> & { late: boolean },
  at: Date,
): Changed<NotPayable> {
  if (!current) return err({ kind: 'invoice-not-found' })
  const payable = current.status === (late ? 'EXPIRED' : 'PENDING') && !current.payment
  if (!payable) return err({ kind: 'invoice-not-payable' })
  return go({
    ...current,
    status: late ? 'EXPIRED' : 'PAID',
    updatedAt: at,
    payment: { ...payment, at: at.toISOString() },
  })
}

export function expire(
  current: Invoice | undefined,
  at: Date,
): Changed<{ kind: 'invoice-not-pending' }> {
  if (current?.status !== 'PENDING') return err({ kind: 'invoice-not-pending' })
  return go({ ...current, status: 'EXPIRED', expiresAt: at, updatedAt: at })
}

export type RefundRefusal = {
  kind:
    | 'DATA_NOT_FOUND'
    | 'IDEMPOTENCY_ERROR'
    | 'INELIGIBLE_TRANSACTION_STATUS'
    | 'REFUND_NOT_SUPPORTED'
    | 'REFUND_IN_PROGRESS'
    | 'REFUND_AMOUNT_EXCEEDED'
}
export type RefundRequest = Pick<
  Refund,
  'id' | 'referenceId' | 'idempotencyKey' | 'request' | 'dueAt'
> & {
  /** Undefined: all of it. */
  amount: number | undefined
}

/** Begins a refund, which succeeds later. The same idempotency key again changes nothing. */
export function refund(
  current: Invoice | undefined,
  request: RefundRequest,
  at: Date,
): Changed<RefundRefusal> {
  if (!current) return err({ kind: 'DATA_NOT_FOUND' })
  const earlier = refundByKey(current, request.idempotencyKey)
  if (earlier) {
    const same = JSON.stringify(earlier.request) === JSON.stringify(request.request)
    return same ? go(current) : err({ kind: 'IDEMPOTENCY_ERROR' })
  }
  if (!current.payment) return err({ kind: 'INELIGIBLE_TRANSACTION_STATUS' })
  // A virtual account does not tell where the money came from.
  if (channels[current.payment.channel].payment_method === 'BANK_TRANSFER') {
    return err({ kind: 'REFUND_NOT_SUPPORTED' })
  }
  if (current.refunds.some(({ status }) => status === 'PENDING')) {
    return err({ kind: 'REFUND_IN_PROGRESS' })
  }
  const left = current.refunds.reduce((sum, { amount }) => sum - amount, current.payment.amount)
  const amount = request.amount ?? left
  if (amount <= 0 || amount > left) return err({ kind: 'REFUND_AMOUNT_EXCEEDED' })
  const begun: Refund = { ...request, amount, status: 'PENDING', createdAt: at, updatedAt: at }
  return go({ ...current, refunds: [...current.refunds, begun] })
}

export const refundByKey = ({ refunds }: Invoice, key: string | null): Refund | undefined =>
  key === null ? undefined : refunds.find(({ idempotencyKey }) => idempotencyKey === key)

/** Lets the refunds that are due succeed. */
export function completeRefunds(current: Invoice, at: Date): Invoice {
  const isDue = ({ status, dueAt }: Refund) => status === 'PENDING' && dueAt <= at
  if (!current.refunds.some(isDue)) return current
  const refunds = current.refunds.map((refund): Refund =>
    isDue(refund) ? { ...refund, status: 'SUCCEEDED', updatedAt: at } : refund,
  )
  return { ...current, refunds }
}
