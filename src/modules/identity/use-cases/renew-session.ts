import { err, ok, type Result } from '../../../kernel/result.ts'
import { renew } from '../domain/session.ts'
import type { IdentityPorts } from '../ports.ts'
import { tokensOf, type SessionTokens } from './log-in.ts'

/**
 * A new access token for the token of a session that lasts, which stays the same. The token of a
 * session that rotates is refused and not used up.
 */
export async function renewSession(
  ports: IdentityPorts,
  command: { refreshToken: string },
): Promise<Result<SessionTokens, { kind: 'invalid-refresh-token' }>> {
  const token = ports.refreshTokens.parse(command.refreshToken)
  if (!token) return err({ kind: 'invalid-refresh-token' })

  const renewed = await ports.sessions.update(token.sessionId, (current) =>
    renew(current, ports.clock(), ports.refreshTokenSeconds),
  )
  if (!renewed.ok) return renewed
  const user = await ports.users.find(renewed.value.userId)
  return user
    ? ok(await tokensOf(ports, renewed.value, user))
    : err({ kind: 'invalid-refresh-token' })
}
