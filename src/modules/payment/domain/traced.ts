import { nextCheckAt, silenceMillis } from './next-check.ts'
import { isPersons, type Change, type Payment, type PaymentInput } from './payment.ts'

const historyMax = 12

/** A change with its trace: what happened, when, by whom, and when to ask next. */
export function traced({ state, messages }: Change, input: PaymentInput, at: Date): Change {
  const entry = {
    at: at.toISOString(),
    what: describe(input),
    ...(isPersons(input) ? { by: input.by } : {}),
  }
  const history = [...state.history, entry]
  const recent = history.length - historyMax
  const { status, settledAt, refund } = state
  const next: Payment = {
    ...state,
    settledAt: status === 'settled' ? (settledAt ?? at) : settledAt,
    refundAt: refund.status === 'none' ? null : state.refundAt,
    history: history.filter(({ by }, i) => by !== undefined || i >= recent),
  }
  if (refund.status !== 'none' && input.type !== 'call-failed') next.refundAt = at
  // A question that got no answer is asked again, also one that is asked but once.
  const isUnanswered = input.type === 'call-failed' && state.checkAt !== null
  const checkAt = isUnanswered ? new Date(at.getTime() + silenceMillis) : nextCheckAt(next, at)
  return { state: { ...next, checkAt }, messages }
}

function describe(input: PaymentInput): string {
  if (input.type === 'reported' || input.type === 'other-money') {
    return `${input.type === 'reported' ? 'reported' : 'found'} ${input.report.status}`
  }
  if (input.type === 'refund-reported') return `refund reported ${input.report.status}`
  if ('note' in input) return `${input.type}: ${input.note}`
  return 'reason' in input ? `${input.type}: ${input.reason}` : input.type
}
