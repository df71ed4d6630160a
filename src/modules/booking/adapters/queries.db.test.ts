import assert from 'node:assert'
import { test } from 'node:test'
import { anOrder, onSale, openDeskPool } from '../../../../tests/support/booking.ts'
import { createTestDatabase } from '../../../../tests/support/database.ts'
import { newId } from '../../../platform/ids.ts'
import type { Order } from '../domain/order.ts'
import { orderDesk } from './order-desk.ts'
import { listOrders, type OrderCursor } from './queries.ts'

test('orders are listed page by page, newest first, each once, and only those asked for', async () => {
  await using database = await createTestDatabase()
  const deskPool = openDeskPool(database.databaseUrl)
  const desk = orderDesk({
    pool: deskPool,
    ordersPerBatchMax: 5,
    waitingMax: 100,
    waitMillisMax: 60_000,
    eventsRememberedMax: 1,
    onSoldOut: () => {},
  })
  const offer = await onSale(database.pool, {}, [{ capacity: 50 }])
  const userId = newId()
  const buyerOf = (n: number) => ({
    userId: n % 2 === 0 ? userId : null,
    name: 'Sari',
    email: n % 3 === 0 ? 'sari@karcis.test' : 'budi@karcis.test',
    phone: null,
    locale: 'id' as const,
  })
  await Promise.all(
    Array.from({ length: 20 }, (_, n) => desk.place(anOrder(offer, { buyer: buyerOf(n) }))),
  )
  await deskPool.end()

  const listed: Order[] = []
  let after: OrderCursor | undefined
  do {
    const page = await listOrders(database.pool, { eventId: offer.eventId }, after, 6)
    listed.push(...page)
    after = page.length === 6 ? page.at(-1) : undefined
  } while (after)
  assert.equal(new Set(listed.map((order) => order.id)).size, 20)
  const newestFirst = listed.toSorted((a, b) => b.placedAt.getTime() - a.placedAt.getTime())
  assert.deepEqual(listed, newestFirst)

  const count = async (filter: Parameters<typeof listOrders>[1]) =>
    (await listOrders(database.pool, filter, undefined, 100)).length
  assert.equal(await count({ userId }), 10)
  assert.equal(await count({ eventId: offer.eventId, email: 'Sari@karcis.test' }), 7)
  assert.equal(await count({ eventId: offer.eventId, status: 'paid' }), 0)
  assert.equal(await count({ eventId: newId() }), 0)
})
