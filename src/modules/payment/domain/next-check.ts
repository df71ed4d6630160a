import type { Payment } from './payment.ts'

const minute = 60_000
const hour = 60 * minute

/** A payment nothing was heard of for so long is asked about. */
export const silenceMillis = 5 * minute
/** The gateway closes what ran out by itself, and tells; this is how long it may take. */
const expiryGraceMillis = minute
/**
 * A bank may report a payment up to a day late, and its webhook may be lost; so a payment that
 * ended unpaid is looked at again so long after its time.
 */
const lateMillis = [hour, 26 * hour]
const refundPauseMillisMax = 6 * hour

/** When a payment is asked about next, should nothing be heard before; null when it is at rest. */
export function nextCheckAt(payment: Payment, at: Date): Date | null {
  const { status, refund, expiresAt } = payment
  const now = at.getTime()
  if (refund.status === 'requested') {
    const age = now - (payment.refundAt?.getTime() ?? now)
    return new Date(now + Math.min(Math.max(age, silenceMillis), refundPauseMillisMax))
  }
  switch (status) {
    case 'requested':
    case 'cancelling':
      return new Date(now + silenceMillis)
    case 'open': {
      if (!expiresAt) return new Date(now + silenceMillis)
      return new Date(
        Math.min(Math.max(expiresAt.getTime(), now) + expiryGraceMillis, now + silenceMillis),
      )
    }
    case 'expired':
    case 'failed':
      return afterItsEnd(payment, now)
    case 'settled':
      return beforeItIsFinal(payment, now)
    case 'mismatch':
    case 'reversed':
      return null
  }
}

/** Only what the gateway has can still be paid. */
function afterItsEnd({ gatewayId, expiresAt, createdAt }: Payment, now: number): Date | null {
  if (gatewayId === null) return null
  const end = (expiresAt ?? createdAt).getTime()
  const next = lateMillis.map((millis) => end + millis).find((time) => time > now)
  return next === undefined ? null : new Date(next)
}

function beforeItIsFinal({ terms, settledAt, refund }: Payment, now: number): Date | null {
  if (!terms || !settledAt || terms.reversibleSeconds === 0 || refund.status !== 'none') return null
  const final = settledAt.getTime() + terms.reversibleSeconds * 1_000
  return final > now ? new Date(final) : null
}
