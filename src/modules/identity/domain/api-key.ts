import type { ApiKeyScope } from '../contract.ts'

/** What a program signs in with: it acts for a user, within its scopes. */
export type ApiKey = {
  id: string
  userId: string
  name: string
  scopes: readonly ApiKeyScope[]
  createdAt: Date
  /** True to the minute. */
  lastUsedAt: Date | null
  revokedAt: Date | null
}

export const liveApiKeysMax = 20

const keyText =
  /^karcis_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_([\w-]{43})$/

/** The part of a key that is no secret and tells it from others. */
export const apiKeyPrefix = (id: string): string => `karcis_${id.replaceAll('-', '')}`

export const formatApiKey = (id: string, secret: string): string => `${apiKeyPrefix(id)}_${secret}`

/** The id and the secret inside the text of a key; undefined for any other text. */
export function parseApiKey(text: string): { id: string; secret: string } | undefined {
  const parts = keyText.exec(text)?.slice(1)
  const secret = parts?.pop()
  return parts && secret ? { id: parts.join('-'), secret } : undefined
}

/** Keeping the last use of a busy key to the minute spares a write per request. */
export const isUseWorthKeeping = ({ lastUsedAt }: ApiKey, now: Date): boolean =>
  lastUsedAt === null || now.getTime() - lastUsedAt.getTime() >= 60_000
