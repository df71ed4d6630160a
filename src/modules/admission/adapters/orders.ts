import type { OrderSnapshot } from '../../booking/contract.ts'
import type { Persistence } from '../../../platform/postgres-store.ts'
import { admits, type IssuedTicket, type OrderTickets } from '../domain/order-tickets.ts'

type OrderRow = {
  event_id: string
  issued_at: Date | null
  revoked_at: Date | null
  snapshot: OrderSnapshot | null
}

/** How the tickets of an order are kept. What was redeemed is never touched from here. */
export const orderTickets: Persistence<OrderTickets> = {
  schema: 'admission',
  name: 'order',

  async load(client, id) {
    const { rows } = await client.query<OrderRow>(
      'select event_id, issued_at, revoked_at, snapshot from admission.orders where id = $1',
      [id],
    )
    const row = rows[0]
    if (!row) return undefined
    const tickets = await client.query<IssuedTicket>(
      `select id, ticket_type_id as "ticketTypeId", ticket_type_name as "ticketTypeName", ordinal,
              seat, holder_name as "holderName"
       from admission.tickets where order_id = $1 order by ordinal`,
      [id],
    )
    return {
      id,
      eventId: row.event_id,
      issuedAt: row.issued_at,
      revokedAt: row.revoked_at,
      order: row.snapshot,
      tickets: tickets.rows,
    }
  },

  async save(client, state) {
    const { id, eventId, issuedAt, revokedAt, order, tickets } = state
    await client.query(
      `insert into admission.orders (id, event_id, issued_at, revoked_at, snapshot)
       values ($1, $2, $3, $4, $5)
       on conflict (id) do update set issued_at = excluded.issued_at,
         revoked_at = excluded.revoked_at, snapshot = excluded.snapshot`,
      [id, eventId, issuedAt, revokedAt, order],
    )
    if (tickets.length === 0) return
    await client.query(
      `insert into admission.tickets (id, order_id, event_id, ticket_type_id, ticket_type_name,
         ordinal, seat, holder_name, revoked, issued_at)
       select id, $1, $2, "ticketTypeId", "ticketTypeName", ordinal, seat, "holderName", $3, $4
       from json_to_recordset($5) as t(id uuid, "ticketTypeId" uuid, "ticketTypeName" text,
         ordinal int, seat text, "holderName" text)
       on conflict (id) do update set seat = excluded.seat, holder_name = excluded.holder_name,
         ticket_type_name = excluded.ticket_type_name, revoked = excluded.revoked`,
      [id, eventId, !admits(state), issuedAt, JSON.stringify(tickets)],
    )
  },
}
