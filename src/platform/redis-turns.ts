import { Redis } from 'ioredis'
import type { FastifyBaseLogger } from 'fastify'
import { memoryTurns, type TakeTurn } from './rate-limits.ts'

/** The bucket of `memoryTurns`, by the clock of Redis; a bucket that would be full is forgotten. */
const script = `
  local limit = tonumber(ARGV[1])
  local perMilli = limit / 60000
  local time = redis.call('time')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local kept = redis.call('hmget', KEYS[1], 'left', 'at')
  local left = tonumber(kept[1]) or limit
  left = math.min(limit, left + (now - (tonumber(kept[2]) or now)) * perMilli)
  local wait = 0
  if left < 1 then wait = math.ceil((1 - left) / perMilli / 1000) else left = left - 1 end
  redis.call('hset', KEYS[1], 'left', tostring(left), 'at', now)
  redis.call('pexpire', KEYS[1], 60000)
  return wait`

/** A request does not wait longer for being counted. */
const answerMillisMax = 100
const warnEveryMillis = 60_000

/** Redis as the limits need it. */
type CountingRedis = Redis & {
  takeTurn(key: string, perMinute: number): Promise<number>
}

/**
 * Token buckets that all processes and boxes share. While Redis does not answer, each process
 * counts for itself and the log says so: nobody is turned away because it is gone.
 */
export function redisTurns(url: string, log: FastifyBaseLogger) {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: answerMillisMax,
    retryStrategy: (times) => Math.min(times * 200, 5_000),
  }) as CountingRedis
  redis.defineCommand('takeTurn', { numberOfKeys: 1, lua: script })

  let warnedAt = -Infinity
  const warn = (err: unknown) => {
    if (performance.now() - warnedAt < warnEveryMillis) return
    warnedAt = performance.now()
    log.warn({ err }, 'Redis does not answer; each process limits requests for itself')
  }
  redis.on('error', warn)

  const own = memoryTurns()
  const takeTurn: TakeTurn = async (limit, key) => {
    try {
      return await redis.takeTurn(`karcis:turns:${limit.name}:${key}`, limit.perMinute)
    } catch (error) {
      warn(error)
      return own(limit, key)
    }
  }
  return { takeTurn, close: () => redis.disconnect() }
}
