import type pg from 'pg'

/** The same pool, whose transactions lock nothing: what the desk would be without its lock. */
export function withoutLocks(pool: pg.Pool): pg.Pool {
  return new Proxy(pool, {
    get(target, name) {
      if (name !== 'connect') return Reflect.get(target, name)
      return async () => {
        const client = await target.connect()
        const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
        const unlocked = Object.create(client) as pg.PoolClient
        unlocked.query = ((...args: unknown[]) =>
          query(...args.map(unlock))) as pg.PoolClient['query']
        unlocked.release = (broken) => client.release(broken)
        return unlocked
      }
    },
  })
}

function unlock(argument: unknown): unknown {
  if (typeof argument === 'string') return argument.replace('for update', '')
  if (argument !== null && typeof argument === 'object' && 'text' in argument) {
    const query = argument as pg.QueryConfig
    return { ...query, name: `${query.name}-unlocked`, text: query.text.replace('for update', '') }
  }
  return argument
}
