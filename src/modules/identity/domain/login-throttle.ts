/** The failed logins of an account since the first of them. */
export type LoginFailures = { failures: number; since: Date }

const failuresMax = 10
export const throttleSeconds = 5 * 60

/**
 * How long an account takes no more logins; 0 when it does. The time runs from the first failure
 * and attempts made meanwhile do not count, so that nobody can keep another out for ever.
 */
export function secondsUntilLogin(failed: LoginFailures | undefined, now: Date): number {
  if (!failed || failed.failures < failuresMax) return 0
  const openAt = failed.since.getTime() + throttleSeconds * 1000
  return Math.max(0, Math.ceil((openAt - now.getTime()) / 1000))
}
