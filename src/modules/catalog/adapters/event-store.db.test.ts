import assert from 'node:assert'
import { after, before, test } from 'node:test'
import { ok } from '../../../kernel/result.ts'
import { createTestDatabase, type TestDatabase } from '../../../../tests/support/database.ts'
import {
  anEvent,
  aTicketType,
  doorStaff,
  later,
  organiser,
  stranger,
  uuid,
} from '../../../../tests/support/catalog.ts'
import type { Event } from '../domain/event.ts'
import { saved } from '../domain/offer.ts'
import { changeEvent } from '../use-cases/change-event.ts'
import { eventStore } from './event-store.ts'
import { roleAt } from './queries.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database[Symbol.asyncDispose]())

const save = (event: Event) =>
  eventStore(database.pool).update(event.id, () => ok({ state: event, messages: [] }))

test('an event comes back as it was saved, and again after every part of it changed', async () => {
  const full = anEvent({
    id: uuid(1),
    facilities: ['Musala', 'Kuliner, "pedas"'],
    bannerPath: '/banners/a.svg',
    endsAt: later(90_000_001),
    ordersPerBuyerMax: 1,
    ticketsPerBuyerMax: 2,
    holdSeconds: 3,
    requestHash: 'a',
    ticketTypes: [
      aTicketType({ seatsPerRow: 50, validFrom: later(1), validUntil: later(2) }),
      aTicketType({ id: uuid(202), position: 1, requestHash: 'b' }),
    ],
    staffIds: [uuid(4), uuid(5)],
  })
  const other = anEvent({
    id: uuid(1),
    version: 2,
    status: 'cancelled',
    title: "B'; drop table catalog.events; --",
    refundable: true,
    ticketTypes: [aTicketType({ id: uuid(203) }), aTicketType({ id: uuid(202), position: 1 })],
    staffIds: [uuid(5), uuid(6)],
  })
  const bare = anEvent({ id: uuid(1), ticketTypes: [], staffIds: [], facilities: [] })
  for (const event of [full, other, bare, full]) {
    await save(event)
    assert.deepEqual(await eventStore(database.pool).find(uuid(1)), event)
  }
})

test('of many changes at once none is lost: each has its version and its message', async () => {
  await save(anEvent({ id: uuid(2), status: 'published', version: 1 }))
  const events = eventStore(database.pool)
  const command = { eventId: uuid(2), actor: organiser }
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      changeEvent({ events }, command, (event) =>
        ok({ ...event, facilities: [...event.facilities, `no. ${i}`] }),
      ),
    ),
  )
  const event = await events.find(uuid(2))
  assert(event)
  assert.equal(event.version, 21)
  assert.equal(event.facilities.length, 21)
  const { rows } = await database.pool.query(
    `select (data -> 'offer' ->> 'version')::int as version from catalog.outbox
     where type = 'event.changed' and key = $1 order by position`,
    [uuid(2)],
  )
  assert.deepEqual(
    rows.map(({ version }) => version),
    Array.from({ length: 20 }, (_, i) => i + 2),
  )
})

test('a rule that leaves the event as it is writes nothing', async () => {
  await save(anEvent({ id: uuid(3), status: 'published', version: 7 }))
  const events = eventStore(database.pool)
  await events.update(uuid(3), (current) => saved(current, ok(current as Event)))
  assert.equal((await events.find(uuid(3)))?.version, 7)
  const { rowCount } = await database.pool.query('select from catalog.outbox where key = $1', [
    uuid(3),
  ])
  assert.equal(rowCount, 0)
})

test('a user is the organiser of an event, works its doors, or neither', async () => {
  await save(anEvent({ id: uuid(4) }))
  const role = (userId: string, eventId = uuid(4)) => roleAt(database.pool, eventId, userId)
  assert.equal(await role(organiser.userId), 'organiser')
  assert.equal(await role(doorStaff.userId), 'staff')
  assert.equal(await role(stranger.userId), undefined)
  assert.equal(await role(organiser.userId, uuid(9)), undefined)
  await save(anEvent({ id: uuid(4), staffIds: [organiser.userId] }))
  assert.equal(await role(organiser.userId), 'organiser')
})
