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
const pauseSecondsMax = 6 * 60 * 60

/**
 * Pauses of 2, 8, 32 … seconds, then of six hours; about a day in all. A notification may come
 * before its gateway says the same on being asked, and a buyer waits for it.
 */
export function conclude(
  status: WebhookStatus,
  attempts: number,
  at: Date,
  error: string | null = null,
): WebhookConclusion {
  const again = status === 'unknown' || status === 'unconfirmed' || status === 'failed'
  if (!again || attempts >= attemptsMax) return { status, error, retryAt: null }
  const seconds = Math.min(2 * 4 ** (attempts - 1), pauseSecondsMax)
  return { status, error, retryAt: new Date(at.getTime() + seconds * 1_000) }
}
