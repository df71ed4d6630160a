import type { Money } from '../../../kernel/money.ts'
import { err, ok, unreachable, type Result } from '../../../kernel/result.ts'
import type { Decision } from '../../../kernel/store.ts'
import type { PaymentInstructions } from '../../booking/contract.ts'
import type { PaymentMessage } from '../contract.ts'

/**
 * One attempt to pay an order.
 *
 *   input                      from                                  to           message
 *   request                    –                                     requested
 *   request                    expired                               expired      payment.expired
 *   refused                    requested                             failed       payment.failed
 *   refused, absent            cancelling                            expired      payment.expired
 *   reported open              requested                             open         payment.requested
 *   reported open              expired, failed                       cancelling
 *   reported paid              requested, open, cancelling,
 *                              expired, failed                       settled      payment.settled
 *   reported paid otherwise    requested, open, expired, failed      mismatch
 *   reported paid otherwise    cancelling                            mismatch     payment.expired
 *   reported expired           requested, open, cancelling           expired      payment.expired
 *   reported reversed          requested, open, cancelling           expired      payment.expired
 *   reported reversed          settled                               reversed     payment.reversed
 *   cancel                     –                                     expired      payment.expired
 *   cancel                     requested, open                       cancelling
 *   cancel                     expired, failed, mismatch             (the same)   payment.expired
 *
 *   input                      refund from                           to           message
 *   refund                     none, of a settled payment            requested
 *   refund                     none, of any other                    none         payment.refund-failed
 *   refund                     done                                  done         payment.refunded
 *   refund                     failed                                failed       payment.refund-failed
 *   refund reported done       requested, failed                     done         payment.refunded
 *   refund reported failed     requested                             failed       payment.refund-failed
 *
 * What fits no row changes nothing. So `settled` is reported once, and money that comes after the
 * end (`expired`, `failed`) is reported like any other. `mismatch` is left by a person only.
 */
export type Payment = {
  /** Chosen by booking; the gateway knows the payment by it as well. */
  id: string
  orderId: string
  status: PaymentStatus
  /** Null when the cancel came before the request, which then finds the payment closed. */
  terms: PaymentTerms | null
  /** The gateway's own id, once it is known. */
  gatewayId: string | null
  instructions: PaymentInstructions | null
  expiresAt: Date | null
  /** What the gateway says was paid. */
  paid: Money | null
  refund: Refund
  createdAt: Date
  /** When the gateway is to be asked again, should nothing be heard before. */
  checkAt: Date | null
  /** The last things that happened, oldest first, for a person who wonders. */
  history: { at: string; what: string }[]
}

export const paymentStatuses = [
  'requested',
  'open',
  'cancelling',
  'settled',
  'failed',
  'expired',
  'mismatch',
  'reversed',
] as const
export type PaymentStatus = (typeof paymentStatuses)[number]

/** `gateway` is null when none offers the method. */
export type PaymentTerms = {
  eventId: string
  gateway: string | null
  method: string
  amount: number
  currency: string
}

export type Refund =
  | { status: 'none' }
  | { status: 'requested' | 'done'; amount: number }
  | { status: 'failed'; amount: number; reason: string }
export const refundStatuses = [
  'none',
  'requested',
  'done',
  'failed',
] as const satisfies Refund['status'][]

/** How a payment stands at its gateway. */
export type GatewayReport = {
  gatewayId: string
  instructions: PaymentInstructions
  expiresAt: Date
} & ({ status: 'open' | 'expired' | 'reversed' } | { status: 'paid'; paid: Money })

/** How a refund stands at its gateway. */
export type RefundReport = { status: 'pending' | 'done' } | { status: 'failed'; reason: string }

export type PaymentInput =
  | { type: 'request'; paymentId: string; orderId: string; terms: PaymentTerms }
  | { type: 'cancel'; paymentId: string; orderId: string }
  | { type: 'refund'; amount: number }
  | { type: 'reported'; report: GatewayReport }
  | { type: 'refund-reported'; report: RefundReport }
  /** The gateway knows nothing of this payment. */
  | { type: 'absent' }
  /** The gateway will not take this payment. */
  | { type: 'refused'; reason: string }
  /** The gateway gave no usable answer; the call will be repeated. */
  | { type: 'call-failed'; reason: string }

export type PaymentUnknown = { kind: 'payment-unknown' }
type Change = Decision<Payment, PaymentMessage>

/** Advances a payment by one input; repeats and late inputs are answered or change nothing. */
export function advance(
  current: Payment | undefined,
  input: PaymentInput,
  at: Date,
): Result<Change, PaymentUnknown> {
  if (!current) {
    const first = begin(input, at)
    return first ? ok(traced(first, input, at)) : err({ kind: 'payment-unknown' })
  }
  const change = step(current, input)
  return ok(change.state === current ? change : traced(change, input, at))
}

function begin(input: PaymentInput, at: Date): Change | undefined {
  if (input.type !== 'request' && input.type !== 'cancel') return undefined
  const payment: Payment = {
    id: input.paymentId,
    orderId: input.orderId,
    status: 'requested',
    terms: null,
    gatewayId: null,
    instructions: null,
    expiresAt: null,
    paid: null,
    refund: { status: 'none' },
    createdAt: at,
    checkAt: null,
    history: [],
  }
  if (input.type === 'request') return go({ ...payment, terms: input.terms })
  return go({ ...payment, status: 'expired' }, expired(payment))
}

function step(current: Payment, input: PaymentInput): Change {
  const { status } = current
  const stay = go(current)
  switch (input.type) {
    case 'request':
      return status === 'expired' ? go(current, expired(current)) : stay

    case 'cancel':
      if (status === 'requested' || status === 'open')
        return go({ ...current, status: 'cancelling' })
      if (status === 'expired' || status === 'failed' || status === 'mismatch') {
        return go(current, expired(current))
      }
      return stay

    case 'refused':
      if (status === 'requested') {
        return go({ ...current, status: 'failed' }, failed(current, input.reason))
      }
      return status === 'cancelling' ? close(current) : stay

    case 'absent':
      return status === 'cancelling' ? close(current) : stay

    case 'call-failed':
      return go({ ...current })

    case 'reported':
      return hear(current, input.report)

    case 'refund':
      return refund(current, input.amount)

    case 'refund-reported':
      return hearOfRefund(current, input.report)

    default:
      return unreachable(input)
  }
}

function hear(current: Payment, report: GatewayReport): Change {
  const { status, gatewayId } = current
  const waiting = status === 'requested' || status === 'open' || status === 'cancelling'
  switch (report.status) {
    case 'open': {
      if (status === 'expired' || status === 'failed') {
        return go({ ...current, gatewayId: report.gatewayId, status: 'cancelling' })
      }
      const { instructions, expiresAt } = report
      if (status === 'requested') {
        return go(
          { ...current, status: 'open', gatewayId: report.gatewayId, instructions, expiresAt },
          requested(current, report),
        )
      }
      return gatewayId ? go(current) : go({ ...current, gatewayId: report.gatewayId })
    }

    case 'paid': {
      if (!waiting && status !== 'expired' && status !== 'failed') return go(current)
      const heard = { ...current, gatewayId: report.gatewayId, paid: report.paid }
      const { amount, currency } = report.paid
      if (current.terms?.amount === amount && current.terms.currency === currency) {
        return go({ ...heard, status: 'settled' }, settled(current, report.paid))
      }
      const parked: Payment = { ...heard, status: 'mismatch' }
      return status === 'cancelling' ? go(parked, expired(current)) : go(parked)
    }

    case 'expired':
      // A payment that was created twice ends only with the one its buyer was shown.
      if (gatewayId && gatewayId !== report.gatewayId) return go(current)
      return waiting ? close({ ...current, gatewayId: report.gatewayId }) : go(current)

    case 'reversed':
      if (status === 'settled') return go({ ...current, status: 'reversed' }, reversed(current))
      return waiting ? close({ ...current, gatewayId: report.gatewayId }) : go(current)

    default:
      return unreachable(report)
  }
}

function refund(current: Payment, amount: number): Change {
  switch (current.refund.status) {
    case 'none':
      if (current.status !== 'settled') return go(current, refundFailed(current, 'NOT_SETTLED'))
      return go({ ...current, refund: { status: 'requested', amount } })
    case 'requested':
      return go(current)
    case 'done':
      return go(current, refunded(current))
    case 'failed':
      return go(current, refundFailed(current, current.refund.reason))
    default:
      return unreachable(current.refund)
  }
}

function hearOfRefund(current: Payment, report: RefundReport): Change {
  const asked = current.refund
  if (report.status === 'done' && (asked.status === 'requested' || asked.status === 'failed')) {
    const { amount } = asked
    return go({ ...current, refund: { status: 'done', amount } }, refunded(current))
  }
  if (report.status === 'failed' && asked.status === 'requested') {
    const { reason } = report
    return go(
      { ...current, refund: { status: 'failed', amount: asked.amount, reason } },
      refundFailed(current, reason),
    )
  }
  return go(current)
}

const go = (state: Payment, ...messages: PaymentMessage[]): Change => ({ state, messages })
const close = (current: Payment): Change => go({ ...current, status: 'expired' }, expired(current))

const message = <M extends PaymentMessage>(
  { id, orderId }: Payment,
  type: M['type'],
  details: Omit<M['data'], 'paymentId' | 'orderId'>,
) => ({ type, key: orderId, data: { orderId, paymentId: id, ...details } }) as M

type Of<Type extends PaymentMessage['type']> = Extract<PaymentMessage, { type: Type }>
const requested = (payment: Payment, { instructions, expiresAt }: GatewayReport) =>
  message<Of<'payment.requested'>>(payment, 'payment.requested', {
    instructions,
    expiresAt: expiresAt.toISOString(),
  })
const settled = (payment: Payment, paid: Money) =>
  message<Of<'payment.settled'>>(payment, 'payment.settled', paid)
const failed = (payment: Payment, reason: string) =>
  message<Of<'payment.failed'>>(payment, 'payment.failed', { reason })
const expired = (payment: Payment) => message<Of<'payment.expired'>>(payment, 'payment.expired', {})
const reversed = (payment: Payment) =>
  message<Of<'payment.reversed'>>(payment, 'payment.reversed', {})
const refunded = (payment: Payment) =>
  message<Of<'payment.refunded'>>(payment, 'payment.refunded', {})
const refundFailed = (payment: Payment, reason: string) =>
  message<Of<'payment.refund-failed'>>(payment, 'payment.refund-failed', { reason })

const historyMax = 12

function traced({ state, messages }: Change, input: PaymentInput, at: Date): Change {
  const history = [...state.history, { at: at.toISOString(), what: describe(input) }]
  return {
    state: { ...state, checkAt: nextCheckAt(state, at), history: history.slice(-historyMax) },
    messages,
  }
}

function describe(input: PaymentInput): string {
  if (input.type === 'reported') return `reported ${input.report.status}`
  if (input.type === 'refund-reported') return `refund reported ${input.report.status}`
  return 'reason' in input ? `${input.type}: ${input.reason}` : input.type
}

/** A payment nothing was heard of for so long is asked about. */
export const silenceMillis = 5 * 60_000
/** The gateway closes what ran out by itself, and tells; this is how long it may take. */
const expiryGraceMillis = 60_000

function nextCheckAt({ status, refund, expiresAt }: Payment, at: Date): Date | null {
  const silent = new Date(at.getTime() + silenceMillis)
  if (refund.status === 'requested') return silent
  if (status === 'requested' || status === 'cancelling') return silent
  if (status !== 'open' || !expiresAt) return null
  const over = Math.max(expiresAt.getTime(), at.getTime()) + expiryGraceMillis
  return new Date(Math.min(over, silent.getTime()))
}
