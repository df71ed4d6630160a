import { err, ok, unreachable, type Result } from '../../../kernel/result.ts'
import { refunded, settled } from './payment-messages.ts'
import {
  go,
  of,
  type Change,
  type Payment,
  type PersonError,
  type PersonInput,
  type Refund,
  type Resolution,
} from './payment.ts'

/** The same decision again changes nothing; one that comes too late is refused. */
export function decide(
  current: Payment,
  input: PersonInput,
  at: Date,
): Result<Change, PersonError> {
  switch (input.type) {
    case 'accept':
    case 'give-back':
      return resolve(current, input, at)
    case 'retry-refund':
      return retry(current)
    case 'paid-out':
      return payOut(current, input, at)
    default:
      return unreachable(input)
  }
}

function retry(current: Payment): Result<Change, PersonError> {
  const due = current.refund
  if (due.status === 'requested') return ok(go(current))
  if (due.status !== 'failed') return err({ kind: 'refund-not-due', refundStatus: due.status })
  const { amount, attempt = 1 } = due
  return ok(go({ ...current, refund: { status: 'requested', amount, attempt: attempt + 1 } }))
}

type PaidOutInput = Extract<PersonInput, { type: 'paid-out' }>

function payOut(
  current: Payment,
  { by, reference, note }: PaidOutInput,
  at: Date,
): Result<Change, PersonError> {
  const due = current.refund
  if (due.status === 'done' && due.byHand?.reference === reference) return ok(go(current))
  if (due.status !== 'failed') return err({ kind: 'refund-not-due', refundStatus: due.status })
  const { amount, attempt } = due
  const byHand = { by, at: at.toISOString(), reference, note }
  const refund: Refund = { status: 'done', amount, ...of(attempt), byHand }
  return ok(go({ ...current, refund }, refunded(current)))
}

type ResolveInput = Extract<PersonInput, { type: 'accept' | 'give-back' }>

function resolve(current: Payment, input: ResolveInput, at: Date): Result<Change, PersonError> {
  const { status, paid, refund } = current
  const { type, by, note } = input
  const what = type === 'accept' ? 'accepted' : 'given-back'
  if (current.resolution?.what === what) return ok(go(current))
  if (status !== 'mismatch' || !paid || refund.status !== 'none') {
    return err({ kind: 'payment-not-parked', paymentStatus: status })
  }
  const resolution: Resolution = { what, by, at: at.toISOString(), note }
  if (type === 'accept') {
    return ok(go({ ...current, resolution, status: 'settled' }, settled(current, paid)))
  }
  const back: Refund = { status: 'requested', amount: paid.amount }
  return ok(go({ ...current, resolution, refund: back }))
}
