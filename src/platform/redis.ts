import { Redis } from 'ioredis'
import type { FastifyBaseLogger } from 'fastify'

/** A request does not wait longer for what it can do without. */
const answerMillisMax = 100
const warnEveryMillis = 60_000

export type SharedRedis = ReturnType<typeof openRedis>

/**
 * The Redis that processes share what they can do without. While it does not answer, its commands
 * reject at once or soon, and the log says so.
 */
export function openRedis(url: string, log: FastifyBaseLogger) {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: answerMillisMax,
    retryStrategy: (times) => Math.min(times * 200, 5_000),
  })
  let warnedAt = -Infinity
  const tellAway = (err: unknown): void => {
    if (performance.now() - warnedAt < warnEveryMillis) return
    warnedAt = performance.now()
    log.warn(
      { err },
      'Redis does not answer; each process limits requests and makes the catalogue for itself',
    )
  }
  redis.on('error', tellAway)
  redis.on('ready', () => {
    if (warnedAt > -Infinity) log.info('Redis answers again')
    warnedAt = -Infinity
  })
  return { redis, tellAway, close: () => redis.disconnect() }
}
