/** The outcome of sending a webhook: the HTTP status, or why there is none. */
export type Outcome = number | 'timeout' | 'no-connection'

export type Delivery = { id: string; payload: unknown; attempts: number }
export type DeliveryStatus = 'pending' | 'delivered' | 'timeout' | 'given-up'

const minute = 60_000
const pausesMillis = [15, 45, 120, 180, 360, 720].map((minutes) => minutes * minute)

/**
 * Xendit's rules: any 2xx is success; anything else is retried six times over a day; no answer in
 * 30 seconds is not retried at all. `attempts` counts the one just made.
 */
export function afterAttempt(
  attempts: number,
  outcome: Outcome,
  at: Date,
): { status: DeliveryStatus; dueAt: Date } {
  if (typeof outcome === 'number' && outcome >= 200 && outcome < 300) {
    return { status: 'delivered', dueAt: at }
  }
  if (outcome === 'timeout') return { status: 'timeout', dueAt: at }
  const pause = pausesMillis[attempts - 1]
  if (pause === undefined) return { status: 'given-up', dueAt: at }
  return { status: 'pending', dueAt: new Date(at.getTime() + pause) }
}
