import assert from 'node:assert'
import type pg from 'pg'
import type { Message } from '../kernel/message.ts'
import { ok } from '../kernel/result.ts'
import type { Store } from '../kernel/store.ts'
import { writeMessages } from './outbox.ts'
import { transaction, type Queryable } from './postgres.ts'

/** How one kind of aggregate is kept. It may span tables; `save` writes all of them. */
export type Persistence<State extends { id: string }> = {
  /** The module's schema, which holds its outbox. */
  schema: string
  /** Names the aggregate, so that its lock is not another's. */
  name: string
  /** Reads the aggregate; inside `update` the caller already holds its lock. */
  load(client: Queryable, id: string): Promise<State | undefined>
  /** Writes the aggregate. `previous` is what `load` found, undefined for a new one. */
  save(client: Queryable, state: State, previous: State | undefined): Promise<void>
}

/**
 * A Store on PostgreSQL. Two updates of one id are serialised by an advisory lock, which, unlike
 * a row lock, also holds for a row that does not exist yet.
 */
export function postgresStore<State extends { id: string }, M extends Message = never>(
  pool: pg.Pool,
  { schema, name, load, save }: Persistence<State>,
): Store<State, M> {
  return {
    find: (id) => load(pool, id),

    update: (id, decide) =>
      transaction(pool, async (client) => {
        await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
          `${schema}.${name}:${id}`,
        ])
        const current = await load(client, id)
        const decision = decide(current)
        if (!decision.ok) return decision
        const { state, messages } = decision.value
        assert(state.id === id, 'a decision must not change the id of its aggregate')
        if (state !== current) await save(client, state, current)
        await writeMessages(client, schema, messages)
        return ok(state)
      }),
  }
}
