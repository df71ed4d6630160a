import type { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from './ids.ts'
import type { SharedRedis } from './redis.ts'
import type { Page, PageName, SharedPages } from './shared-pages.ts'

/** How long one process is given to make a page before another makes it as well. */
const makingMillisMax = 1_000
const lookAgainMillis = 20
/** Longer than any page lives, so that none from before a change is left when it is forgotten. */
const changeMillis = 2 * 60 * 60 * 1_000

/**
 * The page, or who is to make it: the first to ask. A page is kept under the latest change of its
 * group, and so is who makes it: what was begun before a change is not shown after it.
 */
const script = `
  local page = KEYS[2] .. ':' .. (redis.call('get', KEYS[1]) or '')
  local bytes = redis.call('get', page)
  if bytes then return { 'ready', page, bytes, redis.call('pttl', page) } end
  if redis.call('set', page .. ':making', '', 'nx', 'px', ARGV[1]) then return { 'make', page } end
  return { 'wait', page }`

/** Redis as the pages need it. */
type PagingRedis = Redis & {
  takePageBuffer(
    changed: string,
    page: string,
    makingMillis: number,
  ): Promise<[state: Buffer, at: Buffer, bytes: Buffer, freshMillis: number]>
}

/**
 * Pages that all processes and boxes share: each is made by one of them, and read by the others.
 * While Redis does not answer, each process makes them for itself.
 */
export function redisPages({ redis, tellAway }: SharedRedis, prefix: string): SharedPages {
  redis.defineCommand('takePage', { numberOfKeys: 2, lua: script })
  const paging = redis as PagingRedis
  const changed = (group: string) => `${prefix}:changed:${group}`

  /** The page, or where to put it once it is made; undefined when there is nowhere. */
  async function take({ group, key }: PageName): Promise<Page | { at: string } | undefined> {
    const page = `${prefix}:page:${group}:${key}`
    try {
      for (const end = performance.now() + makingMillisMax; performance.now() < end;) {
        const taken = await paging.takePageBuffer(changed(group), page, makingMillisMax)
        const [state, at, bytes, freshMillis] = taken
        if (state.toString() === 'ready') return { bytes, freshMillis }
        if (state.toString() === 'make') return { at: at.toString() }
        await sleep(lookAgainMillis)
      }
    } catch (error) {
      tellAway(error)
    }
    return undefined
  }

  /** Nobody waits for it: whoever made it has it. */
  function put(at: string, bytes: Buffer | undefined, freshMillis: number): void {
    if (bytes) redis.set(at, bytes, 'PX', freshMillis).catch(tellAway)
    redis.del(`${at}:making`).catch(tellAway)
  }

  return {
    async of(name, make) {
      const taken = await take(name)
      if (taken && 'bytes' in taken) return taken
      const freshMillis = name.refreshSeconds * 1_000
      let bytes: Buffer | undefined
      try {
        bytes = await make()
      } finally {
        if (taken) put(taken.at, bytes, freshMillis)
      }
      return bytes && { bytes, freshMillis }
    },

    // Commands of one connection are obeyed in their order, so the next that is asked here knows.
    forget: (group) => void redis.set(changed(group), newId(), 'PX', changeMillis).catch(tellAway),
  }
}
