import { err, ok, type Result } from '../../../kernel/result.ts'

/**
 * Whatever can be paid at one of the gateways, with its refunds: an invoice, a payment request or a
 * session of Xendit, a charge or a page (Snap) of Midtrans.
 *
 *   pending ── pay ──▶ paid ── reverse ──▶ denied
 *   pending ── fail ──▶ failed
 *   pending ── expire ──▶ expired     pending ── cancel ──▶ cancelled
 *   expired, cancelled, failed ── pay late ──▶ the same, with money
 *
 * What ended is never revived: money that comes afterwards is told as it is told when a bank or a
 * QR code takes it too late.
 */
export type Payment = {
  id: string
  gateway: GatewayName
  kind: 'invoice' | 'request' | 'session' | 'charge' | 'snap'
  /** The merchant's own id. */
  reference: string
  /** The session, or the page of Snap, on which it was made. */
  parentId: string | null
  status: 'pending' | 'paid' | 'failed' | 'expired' | 'cancelled' | 'denied'
  /** In the currency's main unit, as the gateways write it. */
  amount: number
  currency: string
  /** Null while the payer chooses on a page. */
  channel: string | null
  /** What a payer types at the bank. */
  number: string | null
  /** What the merchant sent; much of it is echoed. */
  request: Json
  /** Where its webhooks go when not to the usual place. */
  webhookUrls: string[] | null
  createdAt: Date
  updatedAt: Date
  expiresAt: Date
  money: ReceivedMoney | null
  refunds: Refund[]
  /** Counts the changes; 0 before it was ever kept. */
  version: number
}

export type GatewayName = 'xendit' | 'midtrans'
export type Json = Record<string, unknown>

/** `fee` is what the gateway put on top of `amount` at the payer's cost. */
export type ReceivedMoney = {
  paymentId: string
  amount: number
  fee: number
  channel: string
  at: string
}

export type Refund = {
  id: string
  reference: string
  idempotencyKey: string | null
  request: Json
  /** The request as text, to tell whether another is the same. */
  sent: string
  amount: number
  status: 'pending' | 'succeeded' | 'failed'
  /** What it will have become at `dueAt`. */
  outcome: 'succeeded' | 'failed'
  createdAt: string
  updatedAt: string
  dueAt: string
}

type Changed<Kind extends string> = Result<Payment, { kind: Kind }>

/** A payment just made, as its gateway would keep it. */
export function newPayment(
  made: Omit<
    Payment,
    | 'status'
    | 'createdAt'
    | 'updatedAt'
    | 'money'
    | 'refunds'
    | 'version'
    | 'parentId'
    | 'webhookUrls'
  > &
    Partial<Pick<Payment, 'parentId' | 'webhookUrls'>>,
  at: Date,
): Payment {
  return {
    parentId: null,
    webhookUrls: null,
    ...made,
    status: 'pending',
    createdAt: at,
    updatedAt: at,
    money: null,
    refunds: [],
    version: 0,
  }
}

export type Paying = Omit<ReceivedMoney, 'at' | 'amount'> & {
  /** By default what was asked for. */
  amount: number | undefined
  /** Only after the end, instead of only before it. */
  late: boolean
}

export function pay(
  current: Payment | undefined,
  { late, ...paying }: Paying,
  at: Date,
): Changed<'payment-not-found' | 'not-payable'> {
  if (!current) return err({ kind: 'payment-not-found' })
  const isOver = ['expired', 'cancelled', 'failed'].includes(current.status)
  const isOpen = current.status === 'pending' && current.expiresAt > at
  if (current.money || !(late ? isOver : isOpen)) return err({ kind: 'not-payable' })
  const money = { ...paying, amount: paying.amount ?? current.amount, at: at.toISOString() }
  return ok({ ...current, status: late ? current.status : 'paid', updatedAt: at, money })
}

type Ending = 'failed' | 'expired' | 'cancelled'

/** Ends what nobody has paid. */
export function end(
  current: Payment | undefined,
  status: Ending,
  at: Date,
): Changed<'payment-not-found' | 'not-pending'> {
  if (!current) return err({ kind: 'payment-not-found' })
  if (current.status !== 'pending') return err({ kind: 'not-pending' })
  const expiresAt = status === 'expired' && current.expiresAt > at ? at : current.expiresAt
  return ok({ ...current, status, updatedAt: at, expiresAt })
}

/** Takes back what was settled, as a bank may within minutes. */
export function reverse(
  current: Payment | undefined,
  at: Date,
): Changed<'payment-not-found' | 'not-settled'> {
  if (!current) return err({ kind: 'payment-not-found' })
  const isSettled = current.money !== null && current.status !== 'denied'
  if (current.kind !== 'charge' || !isSettled || current.refunds.length > 0) {
    return err({ kind: 'not-settled' })
  }
  return ok({ ...current, status: 'denied', updatedAt: at })
}

export type RefundRefusal =
  | 'payment-not-found'
  | 'other-content'
  | 'not-settled'
  | 'not-refundable'
  | 'in-progress'
  | 'too-much'

export type Refunding = Pick<
  Refund,
  'id' | 'reference' | 'idempotencyKey' | 'request' | 'outcome' | 'dueAt'
> & {
  /** Undefined: all that is left. */
  amount: number | undefined
  isRefundable: (channel: string) => boolean
}

/** Begins a refund, which is over later. The same idempotency key again changes nothing. */
export function refund(
  current: Payment | undefined,
  { isRefundable, ...asked }: Refunding,
  at: Date,
): Changed<RefundRefusal> {
  if (!current) return err({ kind: 'payment-not-found' })
  const sent = JSON.stringify(asked.request)
  const earlier = refundByKey(current, asked.idempotencyKey)
  if (earlier) {
    return earlier.sent === sent ? ok(current) : err({ kind: 'other-content' })
  }
  if (!current.money || current.status === 'denied') return err({ kind: 'not-settled' })
  if (!isRefundable(current.money.channel)) return err({ kind: 'not-refundable' })
  if (current.refunds.some(({ status }) => status === 'pending'))
    return err({ kind: 'in-progress' })
  const left = current.money.amount - refundedOf(current)
  const amount = asked.amount ?? left
  if (amount <= 0 || amount > left) return err({ kind: 'too-much' })
  const times = { createdAt: at.toISOString(), updatedAt: at.toISOString() }
  const begun: Refund = { ...asked, sent, amount, status: 'pending', ...times }
  return ok({ ...current, updatedAt: at, refunds: [...current.refunds, begun] })
}

export const refundByKey = ({ refunds }: Payment, key: string | null): Refund | undefined =>
  key === null ? undefined : refunds.find(({ idempotencyKey }) => idempotencyKey === key)

/** What was given back, or is being given back. */
export const refundedOf = ({ refunds }: Payment): number =>
  refunds.reduce((sum, { status, amount }) => (status === 'failed' ? sum : sum + amount), 0)

/** What time does: it ends what nobody has paid, and refunds that are due become what they will. */
export function passTime(current: Payment, at: Date): Payment {
  if (current.status === 'pending' && current.expiresAt <= at) {
    return { ...current, status: 'expired', updatedAt: current.expiresAt }
  }
  const isDue = ({ status, dueAt }: Refund) => status === 'pending' && new Date(dueAt) <= at
  if (!current.refunds.some(isDue)) return current
  const refunds = current.refunds.map((item): Refund =>
    isDue(item) ? { ...item, status: item.outcome, updatedAt: item.dueAt } : item,
  )
  return { ...current, updatedAt: at, refunds }
}

/** When the first pending refund is over. */
export const refundDueAt = ({ refunds }: Payment): Date | null => {
  const due = refunds.filter(({ status }) => status === 'pending').map(({ dueAt }) => dueAt)
  return due.length === 0 ? null : new Date(due.sort()[0]!)
}
