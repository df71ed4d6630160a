import type { GatewayName } from './payment.ts'

/** The outcome of sending a webhook: the HTTP status, or why there is none. */
export type Outcome = number | 'timeout' | 'no-connection'

export const deliveryStatuses = [
  'pending',
  'held',
  'dropped',
  'delivered',
  'timeout',
  'given-up',
] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]

const minute = 60_000
const minutes = (...pauses: number[]) => pauses.map((pause) => pause * minute)
const pausesMillis: Record<GatewayName, number[]> = {
  xendit: minutes(15, 45, 120, 180, 360, 720),
  midtrans: minutes(2, 10, 30, 90, 210),
}

/**
 * What becomes of a webhook after an attempt at `at`; `attempts` counts the one just made.
 *
 * Xendit: any 2xx is success; anything else is tried again six times over a day; no answer in 30
 * seconds is not tried again at all. Midtrans: how often it tries again depends on the last answer;
 * a redirect that does not keep the body loses it.
 */
export function afterAttempt(
  gateway: GatewayName,
  attempts: number,
  outcome: Outcome,
  at: Date,
): { status: DeliveryStatus; dueAt: Date } {
  if (typeof outcome === 'number' && outcome >= 200 && outcome < 300) {
    return { status: 'delivered', dueAt: at }
  }
  if (gateway === 'xendit' && outcome === 'timeout') return { status: 'timeout', dueAt: at }
  const retriesMax = gateway === 'xendit' ? pausesMillis.xendit.length : midtransRetries(outcome)
  const pause = pausesMillis[gateway][attempts - 1]
  if (attempts > retriesMax || pause === undefined) return { status: 'given-up', dueAt: at }
  return { status: 'pending', dueAt: new Date(at.getTime() + pause) }
}

function midtransRetries(outcome: Outcome): number {
  switch (outcome) {
    case 301:
    case 302:
    case 303:
      return 0
    case 500:
      return 1
    case 400:
    case 404:
      return 2
    case 503:
      return 4
    default:
      return 5
  }
}
