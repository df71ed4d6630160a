import { err, ok, type Result } from '../../../kernel/result.ts'
import { rotate } from '../domain/session.ts'
import type { IdentityPorts } from '../ports.ts'
import { tokensOf, type SessionTokens } from './log-in.ts'

/**
 * Trades a refresh token for its successor and a new access token. A token that comes a second
 * time ends its session: one of the two who hold it is a thief. See `rotate` for the exception.
 */
export async function refreshSession(
  ports: IdentityPorts,
  command: { refreshToken: string },
): Promise<Result<SessionTokens, { kind: 'invalid-refresh-token' }>> {
  const token = ports.refreshTokens.parse(command.refreshToken)
  if (!token) return err({ kind: 'invalid-refresh-token' })

  const rotated = await ports.sessions.update(token.sessionId, (current) =>
    rotate(current, token, ports.clock(), ports.refreshTokenSeconds),
  )
  if (!rotated.ok) return rotated
  const session = rotated.value
  const user = await ports.users.find(session.userId)
  if (session.endedAt || !user) return err({ kind: 'invalid-refresh-token' })
  return ok(await tokensOf(ports, session, user))
}
