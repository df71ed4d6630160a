import type pg from 'pg'
import type { Store } from '../../../kernel/store.ts'
import { postgresStore } from '../../../platform/postgres-store.ts'
import type { Queryable } from '../../../platform/postgres.ts'
import type { CatalogMessage } from '../contract.ts'
import type { Event, TicketType } from '../domain/event.ts'

/** Column → field, both ways. */
const eventFields = {
  id: 'id',
  version: 'version',
  organiser_id: 'organiserId',
  title: 'title',
  description: 'description',
  category: 'category',
  facilities: 'facilities',
  banner_path: 'bannerPath',
  location: 'location',
  starts_at: 'startsAt',
  ends_at: 'endsAt',
  time_zone: 'timeZone',
  currency: 'currency',
  refundable: 'refundable',
  orders_per_buyer_max: 'ordersPerBuyerMax',
  tickets_per_buyer_max: 'ticketsPerBuyerMax',
  hold_seconds: 'holdSeconds',
  status: 'status',
  request_hash: 'requestHash',
  created_at: 'createdAt',
} satisfies Record<string, Exclude<keyof Event, 'ticketTypes' | 'staffIds'>>

const ticketTypeFields = {
  id: 'id',
  position: 'position',
  name: 'name',
  description: 'description',
  unit_price: 'unitPrice',
  capacity: 'capacity',
  tickets_per_order_max: 'ticketsPerOrderMax',
  valid_from: 'validFrom',
  valid_until: 'validUntil',
  seats_per_row: 'seatsPerRow',
  request_hash: 'requestHash',
} satisfies Record<string, keyof TicketType>

/** Reads whole events, each in one statement, so that no event is half old and half new. */
export const selectEvents = `
  select ${Object.entries(eventFields)
    .map(([column, field]) => `e.${column} as "${field}"`)
    .join(', ')},
    array(select user_id::text from catalog.event_staff where event_id = e.id order by user_id)
      as "staffIds",
    (select coalesce(json_agg(t order by t.position, t.id), '[]')
     from catalog.ticket_types t where t.event_id = e.id) as "ticketTypes"
  from catalog.events e`

export type EventRow = Omit<Event, 'ticketTypes'> & { ticketTypes: Record<string, unknown>[] }

export const toEvent = (row: EventRow): Event => ({
  ...row,
  ticketTypes: row.ticketTypes.map((columns) => {
    const read = Object.entries(ticketTypeFields).map(([column, field]) => [field, columns[column]])
    const ticketType = Object.fromEntries(read) as Record<keyof TicketType, unknown>
    return {
      ...(ticketType as TicketType),
      validFrom: instantOrNull(ticketType.validFrom),
      validUntil: instantOrNull(ticketType.validUntil),
    }
  }),
})

export const eventStore = (pool: pg.Pool): Store<Event, CatalogMessage> =>
  postgresStore<Event, CatalogMessage>(pool, {
    schema: 'catalog',
    name: 'event',
    async load(client, id) {
      const { rows } = await client.query<EventRow>(`${selectEvents} where e.id = $1`, [id])
      return rows[0] && toEvent(rows[0])
    },
    async save(client, event) {
      await client.query(upsert('events', 'id', eventFields), [
        JSON.stringify([toRow(eventFields, event)]),
      ])
      await saveTicketTypes(client, event)
      await saveStaff(client, event)
    },
  })

async function saveTicketTypes(client: Queryable, { id, ticketTypes }: Event): Promise<void> {
  await client.query(
    'delete from catalog.ticket_types where event_id = $1 and not id = any ($2::uuid[])',
    [id, ticketTypes.map((ticketType) => ticketType.id)],
  )
  const fields = { event_id: 'eventId', ...ticketTypeFields }
  await client.query(upsert('ticket_types', 'event_id, id', fields), [
    JSON.stringify(ticketTypes.map((ticketType) => toRow(fields, { ...ticketType, eventId: id }))),
  ])
}

async function saveStaff(client: Queryable, { id, staffIds }: Event): Promise<void> {
  await client.query(
    'delete from catalog.event_staff where event_id = $1 and not user_id = any ($2::uuid[])',
    [id, staffIds],
  )
  await client.query(
    `insert into catalog.event_staff (event_id, user_id) select $1, unnest($2::uuid[])
     on conflict do nothing`,
    [id, staffIds],
  )
}

/** Inserts or replaces the rows of a JSON array in $1. */
function upsert(table: string, key: string, fields: Record<string, string>): string {
  const columns = Object.keys(fields)
  return `insert into catalog.${table} (${columns.join(', ')})
    select ${columns.join(', ')} from json_populate_recordset(null::catalog.${table}, $1::json)
    on conflict (${key}) do update
    set (${columns.join(', ')}) = row (${columns.map((column) => `excluded.${column}`).join(', ')})`
}

const toRow = (fields: Record<string, string>, state: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).map(([column, field]) => [column, state[field]]))

const instantOrNull = (text: unknown): Date | null =>
  text === null ? null : new Date(String(text))
