import type { Redis } from 'ioredis'
import { memoryTurns, type TakeTurn } from './rate-limits.ts'
import type { SharedRedis } from './redis.ts'

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

/** Redis as the limits need it. */
type CountingRedis = Redis & {
  takeTurn(key: string, perMinute: number): Promise<number>
}

/**
 * Token buckets that all processes and boxes share. While Redis does not answer, each process
 * counts for itself: nobody is turned away because it is gone.
 */
export function redisTurns({ redis, tellAway }: SharedRedis, prefix: string): TakeTurn {
  redis.defineCommand('takeTurn', { numberOfKeys: 1, lua: script })
  const counting = redis as CountingRedis
  const own = memoryTurns()
  return async (limit, key) => {
    try {
      return await counting.takeTurn(`${prefix}:turns:${limit.name}:${key}`, limit.perMinute)
    } catch (error) {
      tellAway(error)
      return own(limit, key)
    }
  }
}
