import assert from 'node:assert'
import { before, after, describe, test } from 'node:test'
import type { Message } from '../../src/kernel/message.ts'
import { err, ok } from '../../src/kernel/result.ts'
import type { Store } from '../../src/kernel/store.ts'
import { memoryStore } from '../../src/platform/memory-store.ts'
import { postgresStore } from '../../src/platform/postgres-store.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

type Counter = { id: string; count: number }
type Counted = Message<'counted', { count: number }>
type Subject = { store: Store<Counter, Counted>; outbox(): Promise<Counted[]> }

const countUpTo = (id: string, limit: number) => (current: Counter | undefined) => {
  const count = (current?.count ?? 0) + 1
  if (count > limit) return err({ kind: 'full' as const })
  return ok({
    state: { id, count },
    messages: [{ type: 'counted' as const, key: id, data: { count } }],
  })
}

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
  await database.pool.query(`create schema t;
    create table t.counters (id text primary key, count int not null);
    create table t.outbox (position bigint generated always as identity primary key,
      type text not null, key text not null, data jsonb not null, caused_by text, written_at timestamptz not null default now())`)
})
after(() => database[Symbol.asyncDispose]())

async function postgresSubject(): Promise<Subject> {
  await database.pool.query('truncate t.counters, t.outbox')
  const store = postgresStore<Counter, Counted>(database.pool, {
    schema: 't',
    name: 'counter',
    load: async (client, id) =>
      (await client.query<Counter>('select * from t.counters where id = $1', [id])).rows[0],
    save: async (client, { id, count }) => {
      await client.query(
        'insert into t.counters values ($1, $2) on conflict (id) do update set count = excluded.count',
        [id, count],
      )
    },
  })
  const outbox = async () =>
    (await database.pool.query<Counted>('select type, key, data from t.outbox order by position'))
      .rows
  return { store, outbox }
}

async function memorySubject(): Promise<Subject> {
  const sent: Counted[] = []
  return { store: memoryStore<Counter, Counted>(sent), outbox: async () => sent }
}

/** Every Store must pass this, so that a use case tested in memory holds on PostgreSQL. */
for (const [name, create] of Object.entries({ memory: memorySubject, postgres: postgresSubject })) {
  describe(`the ${name} store`, () => {
    test('saves the state and its messages together', async () => {
      const { store, outbox } = await create()
      await store.update('a', countUpTo('a', 1))
      assert.deepEqual(await store.find('a'), { id: 'a', count: 1 })
      assert.deepEqual(await outbox(), [{ type: 'counted', key: 'a', data: { count: 1 } }])
    })

    test('saves nothing when the decision is an error', async () => {
      const { store, outbox } = await create()
      assert.deepEqual(await store.update('a', countUpTo('a', 0)), err({ kind: 'full' }))
      assert.equal(await store.find('a'), undefined)
      assert.deepEqual(await outbox(), [])
    })

    test('saves nothing when the decision throws', async () => {
      const { store, outbox } = await create()
      const defect = () => {
        throw new Error('defect')
      }
      await assert.rejects(store.update('a', defect), /defect/)
      assert.deepEqual(await outbox(), [])
    })

    test('never lets fifty callers count past ten', async () => {
      const { store, outbox } = await create()
      const results = await Promise.all(
        Array.from({ length: 50 }, () => store.update('a', countUpTo('a', 10))),
      )
      assert.equal(results.filter((result) => result.ok).length, 10)
      assert.deepEqual(
        (await outbox()).map((m) => m.data.count),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      )
    })
  })
}
