/**
 * A process of its own that sells one event as fast as it can: the races need processes that
 * share nothing but the database.
 */
import { orderDesk } from '../../src/modules/booking/adapters/order-desk.ts'
import type { EventOffer } from '../../src/modules/catalog/contract.ts'
import { anOrder, openDeskPool } from '../support/booking.ts'
import { withoutLocks } from './without-locks.ts'

const [databaseUrl, offerJson, orders, locks] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
]
const offer = JSON.parse(offerJson) as EventOffer
const deskPool = openDeskPool(databaseUrl)
const desk = orderDesk({
  pool: locks === 'locked' ? deskPool : withoutLocks(deskPool),
  ordersPerBatchMax: 20,
  waitingMax: 100_000,
  waitMillisMax: 60_000,
  eventsRememberedMax: 10,
  onSoldOut: () => {},
})

process.once('message', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: Number(orders) }, (_, n) => {
      const items = offer.ticketTypes.map((type) => ({
        ticketTypeId: type.ticketTypeId,
        quantity: 1 + (n % 2),
      }))
      return desk.place(anOrder(offer, { items: n % 3 === 0 ? items : items.slice(0, 1) }))
    }),
  )
  const placed = results.flatMap((r) =>
    r.status === 'fulfilled' && r.value.ok ? [r.value.value] : [],
  )
  process.send!(
    placed.flatMap((order) =>
      order.items.map(({ ticketTypeId, quantity, seats }) => ({ ticketTypeId, quantity, seats })),
    ),
    () => void deskPool.end().then(() => process.disconnect?.()),
  )
})
process.send!('ready')
