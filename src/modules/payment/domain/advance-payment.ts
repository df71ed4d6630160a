import { err, ok, unreachable, type Result } from '../../../kernel/result.ts'
import { decide } from './decide.ts'
import { nextCheckAt } from './next-check.ts'
import { expired, mismatched, failed, requested, reversed, settled } from './payment-messages.ts'
import {
  go,
  isPersons,
  type Change,
  type FirstInput,
  type GatewayReport,
  type PaidReport,
  type Payment,
  type PaymentInput,
  type PaymentUnknown,
  type PersonError,
  type PersonInput,
  type Refund,
} from './payment.ts'
import { hearOfRefund, refund } from './refund.ts'
import { traced } from './traced.ts'

/**
 * Advances a payment by one input; repeats and late inputs are answered or change nothing.
 *
 *   input                      from                                  to           message
 *   request                    –                                     requested
 *   request                    expired                               expired      payment.expired
 *   other money                –                                     settled      payment.settled
 *   other money (amount)       –                                     mismatch     payment.mismatched
 *   left open                  –                                     cancelling
 *   refused                    requested                             failed       payment.failed
 *   refused, absent            cancelling                            expired      payment.expired
 *   reported open              requested                             open         payment.requested
 *   reported open              expired, failed                       cancelling
 *   reported paid              requested, open, cancelling,
 *                              expired, failed                       settled      payment.settled
 *   reported paid otherwise    requested, open, expired, failed      mismatch     payment.mismatched
 *   reported paid otherwise    cancelling                            mismatch     payment.expired, payment.mismatched
 *   reported expired           requested, open, cancelling           expired      payment.expired
 *   reported denied            requested, open                       failed       payment.failed
 *   reported denied            cancelling                            expired      payment.expired
 *   reported denied            settled                               reversed     payment.reversed
 *   reported denied            mismatch                              failed       payment.failed
 *   reported given-back        any, without a refund of ours         (as denied)
 *   cancel                     –                                     expired      payment.expired
 *   cancel                     requested, open                       cancelling
 *   cancel                     expired, failed, mismatch             (the same)   payment.expired
 *   accept (a person)          mismatch                              settled      payment.settled
 *
 *   input                      refund from                           to           message
 *   refund                     none, of a settled payment            requested
 *   refund                     none, of any other                    none         payment.refund-failed
 *   refund                     done                                  done         payment.refunded
 *   refund                     failed                                failed       payment.refund-failed
 *   give-back (a person)       none, of a mismatch                   requested
 *   retry-refund (a person)    failed                                requested
 *   paid-out (a person)        failed                                done         payment.refunded
 *   refund reported done       requested, failed                     done         payment.refunded
 *   refund reported failed     requested                             failed       payment.refund-failed
 *   reported denied            requested, failed                     none         payment.reversed
 *
 * What fits no row changes nothing. So `settled` is reported once, and money that comes after the
 * end (`expired`, `failed`) is reported like any other. Money under another id of the gateway than
 * the one that paid is a payment of its own (`isOtherMoney`). `mismatch` is left by a person only,
 * or when the bank takes the money back.
 */
export function advance(
  current: Payment | undefined,
  input: PaymentInput,
  at: Date,
): Result<Change, PaymentUnknown | PersonError> {
  if (!current) {
    const first = begin(input, at)
    return first ? ok(traced(first, input, at)) : err({ kind: 'payment-unknown' })
  }
  const decided = isPersons(input) ? decide(current, input, at) : ok(step(current, input))
  if (!decided.ok) return decided
  return ok(
    decided.value.state === current
      ? kept(decided.value, input, at)
      : traced(decided.value, input, at),
  )
}

/** Whether a report is about more money than what the payment was paid with. */
export const isOtherMoney = (
  { paid, gatewayId }: Payment,
  report: GatewayReport,
): report is PaidReport =>
  report.status === 'paid' && paid !== null && gatewayId !== report.gatewayId

/** The id under which a payment can still be paid that was paid under another; else undefined. */
export function leftOpen(
  before: Payment | undefined,
  after: Payment,
  report: GatewayReport,
): string | undefined {
  const former = before?.paid === null ? before.gatewayId : null
  if (report.status !== 'paid' || report.isSameCharge || after.paid === null) return undefined
  return former === null || former === report.gatewayId ? undefined : former
}

function begin(input: PaymentInput, at: Date): Change | undefined {
  if (!isFirst(input)) return undefined
  const { paymentId } = input
  const payment: Payment = {
    id: paymentId,
    reference: paymentId,
    orderId: 'beside' in input ? input.beside.orderId : input.orderId,
    status: 'requested',
    terms: null,
    gatewayId: null,
    instructions: null,
    expiresAt: null,
    paid: null,
    settledAt: null,
    refund: { status: 'none' },
    refundAt: null,
    resolution: null,
    createdAt: at,
    checkAt: null,
    history: [],
  }
  if (input.type === 'request') return go({ ...payment, terms: input.terms })
  if (input.type === 'cancel') return go({ ...payment, status: 'expired' }, expired(payment))
  const { reference, terms } = input.beside
  const found: Payment = { ...payment, reference, terms }
  if (input.type === 'other-money') return hear(found, input.report)
  return go({ ...found, status: 'cancelling', gatewayId: input.gatewayId })
}

const isFirst = (input: PaymentInput): input is FirstInput => 'paymentId' in input

function step(current: Payment, input: Exclude<PaymentInput, PersonInput>): Change {
  const { status } = current
  const stay = go(current)
  switch (input.type) {
    case 'request':
      return status === 'expired' ? go(current, expired(current)) : stay

    case 'other-money':
      return hear(current, input.report)

    case 'left-open':
      return stay

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
      return refund(current)

    case 'refund-reported':
      return hearOfRefund(current, input.report)

    default:
      return unreachable(input)
  }
}

function hear(current: Payment, report: GatewayReport): Change {
  const { status, gatewayId } = current
  const waiting = status === 'requested' || status === 'open' || status === 'cancelling'
  const isOther = gatewayId !== null && gatewayId !== report.gatewayId
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
      const news = mismatched(current, report.paid)
      return status === 'cancelling' ? go(parked, expired(current), news) : go(parked, news)
    }

    case 'expired':
      // A payment that was created twice ends only with the one its buyer was shown.
      if (isOther || !waiting) return go(current)
      return close({ ...current, gatewayId: report.gatewayId })

    case 'given-back':
      // Ours is followed by itself.
      if (isOther || current.refund.status !== 'none') return go(current)
      return deny({ ...current, gatewayId: report.gatewayId }, { reason: 'GIVEN_BACK' }, current)

    case 'denied':
      return isOther
        ? go(current)
        : deny({ ...current, gatewayId: report.gatewayId }, report, current)

    default:
      return unreachable(report)
  }
}

function deny(heard: Payment, { reason }: { reason: string }, current: Payment): Change {
  switch (current.status) {
    case 'requested':
    case 'open':
      return go({ ...heard, status: 'failed' }, failed(current, reason))
    case 'cancelling':
      return close(heard)
    case 'settled':
    case 'mismatch': {
      // Given back is given back; what was only to be given back is no longer ours to give.
      const back: Refund = current.refund.status === 'done' ? current.refund : { status: 'none' }
      if (current.status === 'settled') {
        return go({ ...heard, status: 'reversed', refund: back }, reversed(current))
      }
      const gone: Payment = { ...heard, status: 'failed', refund: back, paid: null }
      return go(gone, failed(current, reason))
    }
    default:
      return go(current)
  }
}

const close = (current: Payment): Change => go({ ...current, status: 'expired' }, expired(current))

/** Having asked the gateway in vain decides when it is asked next. */
function kept({ state, messages }: Change, input: PaymentInput, at: Date): Change {
  const wasAsked =
    input.type === 'reported' || input.type === 'refund-reported' || input.type === 'absent'
  if (!wasAsked || state.checkAt === null) return { state, messages }
  return { state: { ...state, checkAt: nextCheckAt(state, at) }, messages }
}
