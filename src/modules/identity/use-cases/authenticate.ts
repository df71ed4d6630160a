import type { Principal } from '../../../kernel/principal.ts'
import type { Credential } from '../contract.ts'
import { isUseWorthKeeping, parseApiKey } from '../domain/api-key.ts'
import type { IdentityPorts } from '../ports.ts'

/**
 * Who a credential belongs to. An access token is believed until it expires: a changed name, role
 * or password and a logout take effect when it is refreshed. An API key is looked up every time,
 * so that revoking it and changing its user's roles takes effect at once.
 */
export async function authenticate(
  ports: IdentityPorts,
  credential: Credential,
): Promise<Principal | undefined> {
  if (credential.kind === 'access-token') return ports.accessTokens.verify(credential.token)

  const parts = parseApiKey(credential.key)
  const apiKey = parts && (await ports.apiKeys.find(parts.id, parts.secret))
  const user = apiKey && !apiKey.revokedAt && (await ports.users.find(apiKey.userId))
  if (!user) return undefined

  const now = ports.clock()
  if (isUseWorthKeeping(apiKey, now)) await ports.apiKeys.markUsed(apiKey.id, now)
  const { id: userId, name, email, roles } = user
  return { userId, name, email, roles, scopes: apiKey.scopes }
}
