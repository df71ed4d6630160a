import { err, ok, type Result } from '../../../kernel/result.ts'
import type { ApiKeyScope } from '../contract.ts'
import { formatApiKey, type ApiKey } from '../domain/api-key.ts'
import type { IdentityPorts } from '../ports.ts'

export type CreateApiKey = {
  /** New, or the one that the `idempotencyKey` stands for. */
  id: string
  userId: string
  name: string
  scopes: readonly ApiKeyScope[]
  idempotencyKey: string | undefined
}

export type CreateApiKeyError = { kind: 'too-many-api-keys' } | { kind: 'idempotency-key-reused' }

/** Makes a key whose text is shown in this answer only. */
export async function createApiKey(
  ports: IdentityPorts,
  { id, userId, name, scopes, idempotencyKey }: CreateApiKey,
): Promise<Result<{ apiKey: ApiKey; key: string }, CreateApiKeyError>> {
  const secret = ports.apiKeys.newSecret(userId, idempotencyKey)
  const use = { createdAt: ports.clock(), lastUsedAt: null, revokedAt: null }
  const added = await ports.apiKeys.add({ id, userId, name, scopes, ...use }, secret)
  if (!added.ok) return added

  const apiKey = added.value
  const isSame = apiKey.name === name && apiKey.scopes.join() === scopes.join()
  if (!isSame) return err({ kind: 'idempotency-key-reused' })
  return ok({ apiKey, key: formatApiKey(id, secret) })
}
