import assert from 'node:assert'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { anOrder, onSale, openDeskPool, stockTruth } from '../../../../tests/support/booking.ts'
import { createTestDatabase, type TestDatabase } from '../../../../tests/support/database.ts'
import { newId } from '../../../platform/ids.ts'
import { snapshotOf } from '../../../platform/metrics.ts'
import { noteGuardTrip } from './desk-metrics.ts'
import { orderDesk, type OrderDeskOptions } from './order-desk.ts'
import { postgresOfferBook } from './offer-book.ts'

let database: TestDatabase
let deskPool: pg.Pool
before(async () => {
  database = await createTestDatabase()
  deskPool = openDeskPool(database.databaseUrl)
})
after(async () => {
  await deskPool.end()
  await database[Symbol.asyncDispose]()
})

const aDesk = (change: Partial<OrderDeskOptions> = {}) =>
  orderDesk({
    pool: deskPool,
    ordersPerBatchMax: 500,
    waitingMax: 10_000,
    waitMillisMax: 60_000,
    eventsRememberedMax: 10,
    onSoldOut: () => {},
    ...change,
  })

test('an order is in the database, with its message, before it is answered', async () => {
  const offer = await onSale(database.pool)
  const command = anOrder(offer)
  const result = await aDesk().place(command)
  assert.ok(result.ok)
  const { rows } = await database.pool.query(
    'select status, total from booking.orders where id = $1',
    [command.orderId],
  )
  assert.deepEqual(rows, [{ status: 'pending', total: 100_000 }])
  const { rows: sent } = await database.pool.query(
    'select type from booking.outbox where key = $1',
    [command.orderId],
  )
  assert.deepEqual(sent, [{ type: 'payment.request' }])
})

test('a hundred buyers at once get the ten tickets there are, and no buyer the same seat', async () => {
  const offer = await onSale(database.pool, {}, [{ capacity: 10, seatsPerRow: 4 }])
  const soldOut: string[] = []
  const desk = aDesk({ onSoldOut: (id) => soldOut.push(id) })
  const results = await Promise.all(Array.from({ length: 100 }, () => desk.place(anOrder(offer))))
  const sold = results.flatMap((result) => (result.ok ? result.value.items[0]!.seats : []))
  assert.deepEqual(
    sold.toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  )
  assert.deepEqual(
    new Set(results.flatMap((result) => (result.ok ? [] : [result.error.kind]))),
    new Set(['sold-out']),
  )
  assert.deepEqual(await stockTruth(database.pool, offer.eventId), [
    { taken: 10, ordered: 10, seated: 10, numbered: true },
  ])
  assert.deepEqual(soldOut, [offer.eventId])
})

test('two processes that each remember the seats never give one seat twice', async () => {
  const offer = await onSale(database.pool, {}, [{ capacity: 60, seatsPerRow: 10 }])
  const desks = [aDesk(), aDesk()]
  const seats: number[] = []
  for (let round = 0; round < 15; round++) {
    const results = await Promise.all(
      desks.flatMap((desk) => [desk.place(anOrder(offer)), desk.place(anOrder(offer))]),
    )
    for (const result of results) if (result.ok) seats.push(...result.value.items[0]!.seats)
  }
  assert.equal(seats.length, 60)
  assert.equal(new Set(seats).size, 60)
})

test('several types are placed together or not at all', async () => {
  const offer = await onSale(database.pool, {}, [{ capacity: 5 }, { capacity: 1 }])
  const [many, few] = offer.ticketTypes
  const items = (quantity: number) => [
    { ticketTypeId: many!.ticketTypeId, quantity: 2 },
    { ticketTypeId: few!.ticketTypeId, quantity },
  ]
  const refused = await aDesk().place(anOrder(offer, { items: items(2) }))
  assert.ok(!refused.ok && refused.error.kind === 'sold-out')
  assert.ok((await aDesk().place(anOrder(offer, { items: items(1) }))).ok)
  const truth = await stockTruth(database.pool, offer.eventId)
  assert.deepEqual(truth.map((row) => row.taken).toSorted(), [1, 2])
})

test('the same request twice, at once or later, places one order; another under its key none', async () => {
  const offer = await onSale(database.pool)
  const desk = aDesk()
  const command = anOrder(offer, { requestHash: 'one' })
  const [first, second] = await Promise.all([desk.place(command), desk.place(command)])
  const third = await aDesk().place(command)
  for (const result of [first, second, third])
    assert.ok(result.ok && result.value.id === command.orderId)
  const other = await desk.place({ ...command, requestHash: 'two' })
  assert.ok(!other.ok && other.error.kind === 'idempotency-key-reused')
  assert.equal((await stockTruth(database.pool, offer.eventId))[0]!.taken, 1)
})

test('one live order per buyer holds within a batch and between batches', async () => {
  const offer = await onSale(database.pool, { ordersPerBuyerMax: 1 })
  const desk = aDesk()
  const buyer = anOrder(offer).buyer
  const results = await Promise.all([1, 2, 3].map(() => desk.place(anOrder(offer, { buyer }))))
  assert.equal(results.filter((result) => result.ok).length, 1)
  const later = await aDesk().place(anOrder(offer, { buyer }))
  assert.ok(!later.ok && later.error.kind === 'order-limit-reached')
})

test('an order that the database refuses fails alone; the rest of its batch is placed', async () => {
  const offer = await onSale(database.pool)
  const desk = aDesk()
  const poison = anOrder(offer, {
    buyer: { ...anOrder(offer).buyer, name: 'half \ud800 a character\0' },
  })
  const results = await Promise.allSettled([
    desk.place(anOrder(offer)),
    desk.place(poison),
    desk.place(anOrder(offer)),
  ])
  assert.deepEqual(
    results.map((result) => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.equal((await stockTruth(database.pool, offer.eventId))[0]!.taken, 2)
})

test('a commit whose answer is lost is found again and not repeated', async () => {
  const offer = await onSale(database.pool)
  let lost = 0
  const flaky = new Proxy(deskPool, {
    get(target, name) {
      if (name !== 'connect') return Reflect.get(target, name)
      return async () => {
        const client = await target.connect()
        const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
        const losing = Object.create(client) as pg.PoolClient
        losing.query = (async (...args: unknown[]) => {
          const result = await query(...args)
          if (args[0] === 'commit' && lost++ === 0) throw new Error('connection lost')
          return result
        }) as pg.PoolClient['query']
        losing.release = (broken) => client.release(broken)
        return losing
      }
    },
  })
  const result = await aDesk({ pool: flaky }).place(anOrder(offer))
  assert.ok(result.ok)
  assert.deepEqual(await stockTruth(database.pool, offer.eventId), [
    { taken: 1, ordered: 1, seated: 0, numbered: false },
  ])
})

test('orders beyond the waiting room are refused at once and place nothing', async () => {
  const offer = await onSale(database.pool)
  const desk = aDesk({ waitingMax: 3 })
  const results = await Promise.all(Array.from({ length: 5 }, () => desk.place(anOrder(offer))))
  assert.equal(results.filter((result) => result.ok).length, 3)
  assert.equal(
    results.filter((result) => !result.ok && result.error.kind === 'desk-overloaded').length,
    2,
  )
})

test('while a batch hangs, one batch may wait and more are refused; then all is as before', async () => {
  const offer = await onSale(database.pool, {}, [{ capacity: 100 }])
  const desk = aDesk({ ordersPerBatchMax: 5, waitMillisMax: 100 })
  const place = (count: number) => Array.from({ length: count }, () => desk.place(anOrder(offer)))
  assert.ok((await place(1)[0]!).ok)

  const blocker = await database.pool.connect()
  await blocker.query('begin')
  await blocker.query('select from booking.stock where event_id = $1 for update', [offer.eventId])
  // The first is decided only when the stock is free, so all who come later wait.
  const first = place(1)
  await sleep(250)
  const later = place(12)
  const refused = later.slice(5)
  const early = await Promise.race([Promise.all(refused), sleep(2_000)])
  await blocker.query('commit')
  blocker.release()
  assert.deepEqual(
    early?.map((result) => !result.ok && result.error.kind),
    Array(7).fill('desk-overloaded'),
  )
  const kept = await Promise.all([...first, ...later.slice(0, 5)])
  assert.ok(kept.every(({ ok }) => ok))

  // Batches that are quick again make room again.
  for (let i = 0; i < 5; i++) assert.ok((await place(1)[0]!).ok)
  const after = await Promise.all(place(12))
  assert.ok(after.every(({ ok }) => ok))
})

test('new terms hold from the next order on: a cancelled event sells nothing more', async () => {
  const offer = await onSale(database.pool)
  const desk = aDesk()
  assert.ok((await desk.place(anOrder(offer))).ok)
  await postgresOfferBook(database.pool).apply({ ...offer, version: 2, status: 'cancelled' })
  const refused = await desk.place(anOrder(offer))
  assert.ok(!refused.ok && refused.error.kind === 'event-cancelled')
})

test('an event nobody knows is refused', async () => {
  const offer = await onSale(database.pool)
  const refused = await aDesk().place(anOrder({ ...offer, eventId: newId() }))
  assert.ok(!refused.ok && refused.error.kind === 'event-not-found')
})

test('a seat that the database kept from being sold twice is counted as a trip of the guard', async () => {
  const trips = async () => {
    const metrics = await snapshotOf('test')
    const { values = [] } =
      metrics.find(({ name }) => name === 'karcis_stock_guard_trips_total') ?? {}
    return Object.fromEntries(values.map(({ labels, value }) => [labels['guard'], value]))
  }
  const offer = await onSale(database.pool, {}, [{ capacity: 10, seatsPerRow: 10 }])
  const desk = aDesk()
  assert.ok((await desk.place(anOrder(offer))).ok)
  const before = await trips()

  // Somebody takes seats behind the back of all who remember them.
  await database.pool.query(
    'update booking.seats set order_id = $2 where event_id = $1 and position < 4',
    [offer.eventId, newId()],
  )
  const result = await desk.place(anOrder(offer))
  assert.deepEqual(result.ok && result.value.items[0]?.seats, [4])
  assert.deepEqual(await trips(), { ...before, seats: (before['seats'] ?? 0) + 1 })

  // And a counter that is wrong: taking one more would oversell.
  const error = await database.pool
    .query('update booking.stock set taken = capacity + 1 where event_id = $1', [offer.eventId])
    .catch((refused: unknown) => refused)
  noteGuardTrip(error)
  assert.equal((await trips())['never_oversell'], (before['never_oversell'] ?? 0) + 1)
  noteGuardTrip(new Error('connection lost'))
  assert.deepEqual(Object.keys(await trips()), ['never_oversell', 'seats'])
})
