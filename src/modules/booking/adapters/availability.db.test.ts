import assert from 'node:assert'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { onSale } from '../../../../tests/support/booking.ts'
import { createTestDatabase, type TestDatabase } from '../../../../tests/support/database.ts'
import { newId } from '../../../platform/ids.ts'
import { ownPages } from '../../../platform/shared-pages.ts'
import { seatPages } from './availability.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database[Symbol.asyncDispose]())

/** The pool, and how often something was asked through it. */
function counted(pool: pg.Pool) {
  let queries = 0
  const query = (...args: Parameters<pg.Pool['query']>) => {
    queries++
    return pool.query(...args)
  }
  return { pool: { query } as unknown as pg.Pool, queries: () => queries }
}

test('the seats are read once for all who ask at the same time, and again when they are old', async () => {
  const offer = await onSale(database.pool, {}, [{ capacity: 3, seatsPerRow: 3 }])
  const { ticketTypeId } = offer.ticketTypes[0]!
  const { pool, queries } = counted(database.pool)
  const seatsOf = seatPages(pool, ownPages, 0.2)
  const pages = await Promise.all(
    Array.from({ length: 50 }, () => seatsOf(offer.eventId, ticketTypeId)),
  )
  const asked = queries()
  assert.equal(new Set(pages).size, 1)
  assert.equal(await seatsOf(offer.eventId, ticketTypeId), pages[0])
  assert.equal(queries(), asked)
  assert.deepEqual(JSON.parse(String(pages[0]?.body)), {
    seats: ['A1', 'A2', 'A3'].map((label) => ({ label, free: true })),
  })

  await database.pool.query(
    'update booking.seats set order_id = $2 where event_id = $1 and position = 2',
    [offer.eventId, newId()],
  )
  await sleep(250)
  const later = await seatsOf(offer.eventId, ticketTypeId)
  assert.deepEqual(
    JSON.parse(String(later?.body)).seats.map(({ free }: { free: boolean }) => free),
    [true, false, true],
  )
  assert.notEqual(later?.etag, pages[0]?.etag)
})

test('a ticket type without numbered seats, or of another event, has none to show', async () => {
  const offer = await onSale(database.pool, {}, [{ capacity: 3 }])
  const other = await onSale(database.pool, {}, [{ capacity: 3, seatsPerRow: 3 }])
  const seatsOf = seatPages(database.pool, ownPages, 1)
  assert.equal(await seatsOf(offer.eventId, offer.ticketTypes[0]!.ticketTypeId), undefined)
  assert.equal(await seatsOf(offer.eventId, other.ticketTypes[0]!.ticketTypeId), undefined)
})
