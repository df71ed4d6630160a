import { err, ok, type Result } from '../../../kernel/result.ts'
import { secondsUntilLogin } from '../domain/login-throttle.ts'
import { openSession, type Session } from '../domain/session.ts'
import type { User } from '../domain/user.ts'
import type { AccessToken, IdentityPorts, SignInOverloaded } from '../ports.ts'

export type LogIn = {
  email: string
  password: string
  /** The refresh token is to stay the same for as long as the session lives. */
  lasting?: boolean
}

type AttemptError =
  { kind: 'invalid-credentials' } | { kind: 'too-many-logins'; retryAfterSeconds: number }
export type LogInError = AttemptError | SignInOverloaded

export type SessionTokens = AccessToken & { refreshToken: string }

/**
 * Opens a session. An unknown address takes the same way as a wrong password, the slow hash
 * included, and is throttled alike, so that neither the answer nor its time tells them apart.
 * (A wrong password of an imported user takes bcrypt's time, until their first login.)
 *
 * The throttle is looked at when it is this login's turn, so that a volley of guesses sent at
 * once gains no more than one guess per turn.
 */
export async function logIn(
  ports: IdentityPorts,
  command: LogIn,
): Promise<Result<SessionTokens, LogInError>> {
  const turn = await ports.passwords.inTurn(() => attempt(ports, command))
  return turn.ok ? turn.value : turn
}

async function attempt(
  ports: IdentityPorts,
  { email, password, lasting = false }: LogIn,
): Promise<Result<SessionTokens, AttemptError>> {
  const now = ports.clock()
  const retryAfterSeconds = secondsUntilLogin(await ports.loginFailures.find(email), now)
  if (retryAfterSeconds > 0) return err({ kind: 'too-many-logins', retryAfterSeconds })

  const user = await ports.users.findByEmail(email)
  const hash = user?.passwordHash ?? null
  const isRight = await ports.passwords.verify(password, hash)
  if (!user || hash === null || !isRight) {
    await ports.loginFailures.add(email, now)
    return err({ kind: 'invalid-credentials' })
  }

  const ids = { id: ports.newId(), userId: user.id, lasting }
  const session = openSession(ids, now, ports.refreshTokenSeconds)
  // The password was changed while it was being verified: look again.
  if (!(await ports.sessions.open(session, hash)))
    return attempt(ports, { email, password, lasting })

  await ports.loginFailures.forget(email)
  if (ports.passwords.isOutdated(hash)) {
    const to = await ports.passwords.hash(password)
    await ports.users.upgradePasswordHash({ userId: user.id, from: hash, to })
  }
  return ok(await tokensOf(ports, session, user))
}

/** What the holder of a session is given: a short-lived access token and the newest refresh token. */
export async function tokensOf(
  ports: IdentityPorts,
  session: Session,
  user: User,
): Promise<SessionTokens> {
  const { name, email, roles } = user
  const token = { userId: user.id, name, email, roles, sessionId: session.id }
  const { generation } = session
  return {
    ...(await ports.accessTokens.issue(token)),
    refreshToken: ports.refreshTokens.format({ sessionId: session.id, generation }),
  }
}
