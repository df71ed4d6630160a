import { err, ok, type Result } from '../../../kernel/result.ts'
import { end } from '../domain/session.ts'
import type { IdentityPorts } from '../ports.ts'

/** Ends a session by any of its refresh tokens, used up or not. */
export async function logOut(
  ports: IdentityPorts,
  command: { refreshToken: string },
): Promise<Result<void, { kind: 'invalid-refresh-token' }>> {
  const token = ports.refreshTokens.parse(command.refreshToken)
  if (!token) return err({ kind: 'invalid-refresh-token' })
  const ended = await ports.sessions.update(token.sessionId, (current) =>
    end(current, ports.clock()),
  )
  return ended.ok ? ok(undefined) : ended
}
