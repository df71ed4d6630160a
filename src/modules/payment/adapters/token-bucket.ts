import { setTimeout as pause } from 'node:timers/promises'

/**
 * Lets calls pass one by one at a steady rate, in the order in which they came. The rate is per
 * process; what several processes send too much the gateway answers with 429, and is retried.
 */
export function tokenBucket(perSecond: number): () => Promise<void> {
  let nextAt = 0
  return async () => {
    if (perSecond === Infinity) return
    const now = performance.now()
    const mine = Math.max(nextAt, now)
    nextAt = mine + 1_000 / perSecond
    if (mine > now) await pause(mine - now)
  }
}
