import type pg from 'pg'
import type { EventOffer, TicketTypeOffer } from '../../src/modules/catalog/contract.ts'
import { postgresOfferBook } from '../../src/modules/booking/adapters/offer-book.ts'
import type { PlaceOrder } from '../../src/modules/booking/domain/place-order.ts'
import { newId } from '../../src/platform/ids.ts'
import { openPool } from '../../src/platform/postgres.ts'

export function anOffer(
  change: Partial<EventOffer> = {},
  types: Partial<TicketTypeOffer>[] = [{}],
): EventOffer {
  return {
    eventId: newId(),
    version: 1,
    status: 'published',
    organiserId: newId(),
    title: 'Prambanan Jazz',
    location: 'Sleman',
    startsAt: '2099-07-01T10:00:00.000Z',
    endsAt: null,
    currency: 'IDR',
    refundable: true,
    ordersPerBuyerMax: null,
    ticketsPerBuyerMax: null,
    holdSeconds: 900,
    ticketTypes: types.map((type, i) => ({
      ticketTypeId: newId(),
      name: `Type ${i + 1}`,
      unitPrice: 100_000,
      capacity: 10,
      ticketsPerOrderMax: 10,
      validFrom: null,
      validUntil: null,
      seatsPerRow: null,
      ...type,
    })),
    ...change,
  }
}

/** Puts an event on sale and answers with its terms. */
export async function onSale(
  pool: pg.Pool,
  ...args: Parameters<typeof anOffer>
): Promise<EventOffer> {
  const offer = anOffer(...args)
  await postgresOfferBook(pool).apply(offer)
  return offer
}

export function anOrder(offer: EventOffer, change: Partial<PlaceOrder> = {}): PlaceOrder {
  const orderId = newId()
  return {
    orderId,
    requestHash: null,
    eventId: offer.eventId,
    buyer: {
      userId: null,
      name: 'Sari',
      email: `${orderId}@karcis.test`,
      phone: null,
      locale: 'id',
    },
    items: [{ ticketTypeId: offer.ticketTypes[0]!.ticketTypeId, quantity: 1 }],
    payment: {
      paymentId: newId(),
      gateway: 'xendit',
      method: 'invoice',
      channel: null,
      instructions: null,
    },
    holdSeconds: null,
    defaultHoldSeconds: 900,
    ...change,
  }
}

export const openDeskPool = (databaseUrl: string): pg.Pool =>
  openPool(databaseUrl, 4, { pipeline: true })

/** Stock as counted, and as the live orders and the seats say: equal, or something was lost. */
export async function stockTruth(pool: pg.Pool, eventId: string) {
  const { rows } = await pool.query<{
    taken: number
    ordered: number
    seated: number
    numbered: boolean
  }>(
    `select s.taken,
       (select coalesce(sum((i ->> 'quantity')::int), 0) from booking.orders o, jsonb_array_elements(o.items) i
        where o.event_id = s.event_id and o.status in ('pending', 'paid')
          and (i ->> 'ticketTypeId')::uuid = s.ticket_type_id) as ordered,
       (select count(*) from booking.seats t where t.event_id = s.event_id
          and t.ticket_type_id = s.ticket_type_id and order_id is not null) as seated,
       exists (select from booking.seats t where t.event_id = s.event_id
          and t.ticket_type_id = s.ticket_type_id) as numbered
     from booking.stock s where s.event_id = $1 order by s.ticket_type_id`,
    [eventId],
  )
  return rows
}
