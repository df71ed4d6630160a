import { err, ok, type Result } from '../../../kernel/result.ts'
import type { Decision } from '../../../kernel/store.ts'

/**
 * A login on one device: a family of refresh tokens, each of which is good for one refresh.
 *
 *   token presented               session      then
 *   the newest                    live         live, the next generation is the newest
 *   the one before, within 10 s   live         live, answered with the newest once more
 *   any older one                 live         ended: somebody else has used a copy
 *   any                           ended        ended
 *
 * A session that lasts has one token, which is good until the session ends: each use of it puts
 * the end off. It is kept apart, so that whoever got hold of a rotating session's token cannot use
 * it without being found out.
 *
 *   its token is renewed          lasting      lasting, with the same token
 *   its token is renewed          rotating     unchanged, refused
 *   its token is rotated          lasting      unchanged, refused
 */
export type Session = {
  id: string
  userId: string
  /** Counts the refresh tokens handed out; the newest carries this number. */
  generation: number
  rotatedAt: Date
  expiresAt: Date
  endedAt: Date | null
  /** Its token is not used up by being used. */
  lasting: boolean
}

/** A refresh token that was found to be of our making. */
export type RefreshToken = { sessionId: string; generation: number }

/**
 * Two tabs of one browser may refresh with the same token, and an answer may be lost on its way:
 * within this time both get the same successor. A thief who is that quick gets the same successor
 * too, and is found out at the next refresh, because it can be used up only once.
 */
const twinSeconds = 10

type InvalidRefreshToken = { kind: 'invalid-refresh-token' }
type SessionDecision = Result<Decision<Session>, InvalidRefreshToken>

export const openSession = (
  ids: { id: string; userId: string; lasting: boolean },
  now: Date,
  refreshTokenSeconds: number,
): Session => ({
  ...ids,
  generation: 1,
  rotatedAt: now,
  expiresAt: after(now, refreshTokenSeconds),
  endedAt: null,
})

/** Uses up a refresh token. The session is ended, not refused, when the token was used before. */
export function rotate(
  current: Session | undefined,
  token: RefreshToken,
  now: Date,
  refreshTokenSeconds: number,
): SessionDecision {
  if (!isLive(current, now) || current.lasting) return err({ kind: 'invalid-refresh-token' })

  if (token.generation === current.generation) {
    const expiresAt = after(now, refreshTokenSeconds)
    const generation = current.generation + 1
    return ok({ state: { ...current, generation, rotatedAt: now, expiresAt }, messages: [] })
  }
  const isTwin =
    token.generation === current.generation - 1 && now < after(current.rotatedAt, twinSeconds)
  return isTwin ? ok({ state: current, messages: [] }) : end(current, now)
}

/** Puts off the end of a session that lasts. Its token stays as it is. */
export function renew(
  current: Session | undefined,
  now: Date,
  refreshTokenSeconds: number,
): SessionDecision {
  if (!isLive(current, now) || !current.lasting) return err({ kind: 'invalid-refresh-token' })
  return ok({ state: { ...current, expiresAt: after(now, refreshTokenSeconds) }, messages: [] })
}

export function end(current: Session | undefined, now: Date): SessionDecision {
  if (!isLive(current, now)) return err({ kind: 'invalid-refresh-token' })
  return ok({ state: { ...current, endedAt: now }, messages: [] })
}

const isLive = (session: Session | undefined, now: Date): session is Session =>
  session !== undefined && session.endedAt === null && now < session.expiresAt

const after = (instant: Date, seconds: number): Date => new Date(instant.getTime() + seconds * 1000)
