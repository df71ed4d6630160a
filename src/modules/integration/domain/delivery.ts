/** What came of one attempt: the answer's status, or why there is none. */
export type Outcome = { millis: number } & (
  | { status: number; response: string; error?: never }
  | { status?: never; response?: never; error: Failure }
)

export type Failure =
  'timeout' | 'address-not-allowed' | 'unknown-host' | 'certificate' | 'no-connection'

export const deliveryStatuses = ['pending', 'delivered', 'failed'] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]

export const deliveriesKeptDays = 30

/** An attempt as it is kept. */
export type Attempt = {
  at: string
  status: number | null
  error: string | null
  millis: number
}

const attemptsKeptMax = 12
const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/** The schedule that Standard Webhooks recommends: ten attempts in a little over three days. */
const pausesMillis = [
  5 * second,
  5 * minute,
  30 * minute,
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * hour),
]

export const isSuccess = ({ status }: Outcome): boolean =>
  status !== undefined && status >= 200 && status < 300

/**
 * What becomes of a delivery. `attempts` counts the one just made; `chance`, from 0 to 1, spreads
 * the pause by a fifth to either side, so that what failed together does not return together.
 */
export function afterAttempt(
  attempts: number,
  outcome: Outcome,
  at: Date,
  chance: number,
): { status: DeliveryStatus; dueAt: Date } {
  if (isSuccess(outcome)) return { status: 'delivered', dueAt: at }
  const pause = pausesMillis[attempts - 1]
  if (outcome.status === 410 || pause === undefined) return { status: 'failed', dueAt: at }
  const spread = Math.round(pause * (0.8 + 0.4 * chance))
  return { status: 'pending', dueAt: new Date(at.getTime() + spread) }
}

/** The kept attempts and one more; the oldest are forgotten. */
export function withAttempt(history: readonly Attempt[], outcome: Outcome, at: Date): Attempt[] {
  const { status = null, error = null, millis } = outcome
  return [...history, { at: at.toISOString(), status, error, millis }].slice(-attemptsKeptMax)
}
