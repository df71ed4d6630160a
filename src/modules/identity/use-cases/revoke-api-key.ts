import { err, ok, type Result } from '../../../kernel/result.ts'
import type { IdentityPorts } from '../ports.ts'

/** Makes a key useless at once and for good. Another user's key is as unknown as none. */
export async function revokeApiKey(
  ports: IdentityPorts,
  key: { id: string; userId: string },
): Promise<Result<void, { kind: 'api-key-not-found' }>> {
  const isRevoked = await ports.apiKeys.revoke(key, ports.clock())
  return isRevoked ? ok(undefined) : err({ kind: 'api-key-not-found' })
}
