import assert from 'node:assert'
import fc from 'fast-check'
import { after, before, beforeEach, test } from 'node:test'
import { ok } from '../../../kernel/result.ts'
import { createTestDatabase, type TestDatabase } from '../../../../tests/support/database.ts'
import { anEvent, later, now, uuid } from '../../../../tests/support/catalog.ts'
import type { Event } from '../domain/event.ts'
import { eventStore } from './event-store.ts'
import { listEvents, listOrganiserEvents, type EventFilter, type EventPosition } from './queries.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database[Symbol.asyncDispose]())
beforeEach(() => database.pool.query('truncate catalog.events cascade'))

async function insert(changes: Partial<Event>[]): Promise<void> {
  for (const [i, change] of changes.entries()) {
    const event = anEvent({ status: 'published', id: uuid(i), ticketTypes: [], ...change })
    await eventStore(database.pool).update(event.id, () => ok({ state: event, messages: [] }))
  }
}

async function titles(filter: EventFilter = {}): Promise<string[]> {
  const { events } = await listEvents(database.pool, filter, { after: undefined, limit: 100 }, now)
  return events.map(({ title }) => title)
}

test('only published events that are not over are listed, the next one first', async () => {
  const day = 86_400_000
  await insert([
    { title: 'draft', status: 'draft' },
    { title: 'cancelled', status: 'cancelled' },
    { title: 'over', startsAt: later(-5), endsAt: now },
    { title: 'almost over', startsAt: later(-5), endsAt: later(1) },
    { title: 'began a day ago', startsAt: later(-day) },
    { title: 'began almost a day ago', startsAt: later(1 - day) },
    { title: 'next', startsAt: later(1) },
  ])
  assert.deepEqual(await titles(), ['began almost a day ago', 'almost over', 'next'])
})

test('events are found by title, place, category and start', async () => {
  await insert([
    { title: 'Jazz 100%', location: 'Solo', category: 'festival', startsAt: later(10) },
    { title: 'Keroncong', location: 'Kota_Gede', category: 'concert', startsAt: later(20) },
  ])
  const rows: [EventFilter, string[]][] = [
    [{ q: 'jAZZ' }, ['Jazz 100%']],
    [{ q: 'solo' }, ['Jazz 100%']],
    [{ q: '%' }, ['Jazz 100%']],
    [{ q: '_' }, ['Keroncong']],
    [{ q: 'rock' }, []],
    [{ category: 'concert' }, ['Keroncong']],
    [{ category: 'con' }, []],
    [{ from: later(10), to: later(20) }, ['Jazz 100%']],
    [{ from: later(11), to: later(21) }, ['Keroncong']],
    [{ q: 'o', category: 'concert' }, ['Keroncong']],
  ]
  for (const [filter, expected] of rows) assert.deepEqual(await titles(filter), expected)
})

test('page after page, every event comes exactly once, whatever starts together', async () => {
  const scenario = fc.record({
    starts: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 12 }),
    limit: fc.integer({ min: 1, max: 5 }),
  })
  await fc.assert(
    fc.asyncProperty(scenario, async ({ starts, limit }) => {
      await database.pool.query('truncate catalog.events cascade')
      await insert(starts.map((millis) => ({ startsAt: later(millis) })))
      const all = starts
        .map((millis, i) => ({ millis, id: uuid(i) }))
        .toSorted((a, b) => a.millis - b.millis || (a.id < b.id ? -1 : 1))
        .map(({ id }) => id)
      const { pool } = database
      for (const read of [
        (position?: EventPosition) => listEvents(pool, {}, { after: position, limit }, now),
        (position?: EventPosition) =>
          listOrganiserEvents(pool, undefined, { after: position, limit }),
      ]) {
        const seen: string[] = []
        let page = await read()
        for (; page.next; page = await read(page.next)) {
          assert.equal(page.events.length, limit)
          seen.push(...page.events.map(({ id }) => id))
        }
        assert.deepEqual([...seen, ...page.events.map(({ id }) => id)], all)
      }
    }),
    { numRuns: 15 },
  )
})

test('an organiser sees their own events in any state, an administrator all', async () => {
  await insert([
    { organiserId: uuid(1), status: 'draft', startsAt: later(1) },
    { organiserId: uuid(1), status: 'cancelled', startsAt: later(-1e12) },
    { organiserId: uuid(2), startsAt: later(2) },
  ])
  const page = { after: undefined, limit: 100 }
  const ids = async (organiserId?: string) =>
    (await listOrganiserEvents(database.pool, organiserId, page)).events.map(({ id }) => id)
  assert.deepEqual(await ids(uuid(1)), [uuid(1), uuid(0)])
  assert.deepEqual(await ids(), [uuid(1), uuid(0), uuid(2)])
})
