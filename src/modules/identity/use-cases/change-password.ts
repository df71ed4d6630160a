import { err, ok, type Result } from '../../../kernel/result.ts'
import { secondsUntilLogin } from '../domain/login-throttle.ts'
import type { IdentityPorts, SignInOverloaded } from '../ports.ts'

export type ChangePassword = {
  userId: string
  /** The session that asks, which goes on. */
  sessionId: string | null
  currentPassword: string
  newPassword: string
}

type AttemptError =
  { kind: 'wrong-password' } | { kind: 'too-many-logins'; retryAfterSeconds: number }
export type ChangePasswordError = AttemptError | SignInOverloaded

/**
 * Changes the password and ends the user's other sessions: they can refresh no more, and their
 * access tokens run out. A wrong current password counts as a failed login, so that a stolen access
 * token does not help to guess it.
 */
export async function changePassword(
  ports: IdentityPorts,
  command: ChangePassword,
): Promise<Result<void, ChangePasswordError>> {
  const turn = await ports.passwords.inTurn(() => attempt(ports, command))
  return turn.ok ? turn.value : turn
}

async function attempt(
  ports: IdentityPorts,
  command: ChangePassword,
): Promise<Result<void, AttemptError>> {
  const { userId, sessionId, currentPassword, newPassword } = command
  const now = ports.clock()
  const user = await ports.users.find(userId)
  if (!user?.passwordHash) return err({ kind: 'wrong-password' })

  const retryAfterSeconds = secondsUntilLogin(await ports.loginFailures.find(user.email), now)
  if (retryAfterSeconds > 0) return err({ kind: 'too-many-logins', retryAfterSeconds })

  const from = user.passwordHash
  if (!(await ports.passwords.verify(currentPassword, from))) {
    await ports.loginFailures.add(user.email, now)
    return err({ kind: 'wrong-password' })
  }
  const to = await ports.passwords.hash(newPassword)
  const isChanged = await ports.users.changePassword({ userId, from, to }, sessionId, now)
  // Somebody else changed it while it was being verified: look again.
  return isChanged ? ok(undefined) : attempt(ports, command)
}
