/**
 * What became of a webhook. `unknown` (we have no such payment), `unconfirmed` (the gateway itself
 * does not say what the webhook claims) and `failed` (the gateway could not be asked) are tried
 * again until `retryAt` is null, and then wait for a person.
 */
export const webhookStatuses = [
  'received',
  'refused',
  'malformed',
  'ignored',
  'unknown',
  'unconfirmed',
  'failed',
  'processed',
] as const
export type WebhookStatus = (typeof webhookStatuses)[number]

export type WebhookConclusion = {
  status: WebhookStatus
  error: string | null
  retryAt: Date | null
}

const attemptsMax = 12
const pauseMinutesMax = 6 * 60

/** Pauses of 1, 2, 4 … minutes, then of six hours; about a day in all. */
export function conclude(
  status: WebhookStatus,
  attempts: number,
  at: Date,
  error: string | null = null,
): WebhookConclusion {
  const again = status === 'unknown' || status === 'unconfirmed' || status === 'failed'
  if (!again || attempts >= attemptsMax) return { status, error, retryAt: null }
  const minutes = Math.min(2 ** (attempts - 1), pauseMinutesMax)
  return { status, error, retryAt: new Date(at.getTime() + minutes * 60_000) }
}
