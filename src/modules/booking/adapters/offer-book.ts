import type pg from 'pg'
import { transaction, type Queryable } from '../../../platform/postgres.ts'
import type { EventOffer } from '../../catalog/contract.ts'
import type { StockLevel } from '../contract.ts'
import type { OfferBook } from '../ports.ts'

/** The terms of sale on PostgreSQL, and the stock and seats that follow from them. */
export function postgresOfferBook(pool: pg.Pool): OfferBook {
  return {
    async find(eventId) {
      const { rows } = await pool.query<{ offer: EventOffer }>(
        'select offer from booking.events where event_id = $1',
        [eventId],
      )
      return rows[0]?.offer
    },

    apply: (offer) =>
      transaction(pool, async (client) => {
        const { rowCount } = await client.query(
          `insert into booking.events as e (event_id, offer_version, offer, ticket_type_ids)
           values ($1, $2, $3, $4)
           on conflict (event_id) do update
           set offer_version = excluded.offer_version, offer = excluded.offer,
             ticket_type_ids = e.ticket_type_ids || array(
               select id from unnest(excluded.ticket_type_ids) with ordinality as new (id, place)
               where id <> all (e.ticket_type_ids) order by place)
           where e.offer_version < excluded.offer_version`,
          [
            offer.eventId,
            offer.version,
            JSON.stringify(offer),
            offer.ticketTypes.map((type) => type.ticketTypeId),
          ],
        )
        if (rowCount === 0) return
        await applyStock(client, offer)
        await applySeats(client, offer)
      }),
  }
}

/**
 * Capacity never falls below what is taken, nor takes away a seat that is, even when catalog asked
 * before the last tickets went. A type that is no longer offered keeps what was sold.
 */
async function applyStock(
  client: Queryable,
  { eventId, version, ticketTypes }: EventOffer,
): Promise<void> {
  await client.query(
    `select from booking.stock where event_id = $1 order by ticket_type_id for update`,
    [eventId],
  )
  await client.query(
    `insert into booking.stock as s (event_id, ticket_type_id, capacity, offer_version)
     select $1, "ticketTypeId", capacity, $2
     from json_to_recordset($3) as t("ticketTypeId" uuid, capacity integer)
     order by "ticketTypeId"
     on conflict (event_id, ticket_type_id) do update
     set capacity = greatest(excluded.capacity, s.taken, ${lastTakenSeat})`,
    [eventId, version, JSON.stringify(ticketTypes)],
  )
  const offered = ticketTypes.map((type) => type.ticketTypeId)
  await client.query(
    `delete from booking.stock
     where event_id = $1 and taken = 0 and not ticket_type_id = any($2::uuid[])`,
    [eventId, offered],
  )
  await client.query(
    `update booking.stock set offer_version = $3, seats_version = seats_version + 1,
       capacity = case when ticket_type_id = any($2::uuid[]) then capacity else taken end
     where event_id = $1`,
    [eventId, offered, version],
  )
}

/** The position of the last seat that is held or sold; 0 when there is none. */
const lastTakenSeat = `coalesce((
  select max(position) from booking.seats
  where event_id = s.event_id and ticket_type_id = s.ticket_type_id and order_id is not null
), 0)`

/** Makes the seats of the numbered types in one statement, and takes away those beyond capacity. */
async function applySeats(client: Queryable, { eventId, ticketTypes }: EventOffer): Promise<void> {
  const numbered = ticketTypes.filter((type) => type.seatsPerRow !== null)
  await client.query(
    `insert into booking.seats (event_id, ticket_type_id, position)
     select s.event_id, s.ticket_type_id, position
     from booking.stock s,
       lateral (select coalesce(max(position), 0) as last from booking.seats
                where event_id = s.event_id and ticket_type_id = s.ticket_type_id) made,
       lateral generate_series(made.last + 1, s.capacity) position
     where s.event_id = $1 and s.ticket_type_id = any($2::uuid[])`,
    [eventId, numbered.map((type) => type.ticketTypeId)],
  )
  await client.query(
    `delete from booking.seats seat where event_id = $1 and order_id is null and not exists (
       select from booking.stock s
       where s.event_id = seat.event_id and s.ticket_type_id = seat.ticket_type_id
         and (s.capacity >= seat.position or not s.ticket_type_id = any($2::uuid[])))`,
    [eventId, numbered.map((type) => type.ticketTypeId)],
  )
}

/** As `BookingApi.capacityMin` promises it. */
export async function capacityMin(
  pool: pg.Pool,
  eventId: string,
  ticketTypeId: string,
): Promise<number> {
  const { rows } = await pool.query<{ least: number }>(
    `select greatest(taken, ${lastTakenSeat}) as least
     from booking.stock s where event_id = $1 and ticket_type_id = $2`,
    [eventId, ticketTypeId],
  )
  return rows[0]?.least ?? 0
}

/** The stock of an event, as `BookingApi.stockOf` promises it. */
export async function stockOf(
  pool: pg.Pool,
  eventId: string,
): Promise<{ offerVersion: number; levels: StockLevel[] } | undefined> {
  const { rows } = await pool.query<StockLevel & { offerVersion: number }>(
    `select e.offer_version as "offerVersion", ticket_type_id as "ticketTypeId", capacity, taken
     from booking.events e join booking.stock s using (event_id)
     where event_id = $1 order by ticket_type_id`,
    [eventId],
  )
  const [first] = rows
  if (!first) return undefined
  return {
    offerVersion: first.offerVersion,
    levels: rows.map(({ ticketTypeId, capacity, taken }) => ({ ticketTypeId, capacity, taken })),
  }
}
