import type { OrderSnapshot } from '../../booking/contract.ts'
import type { AdmissionMessage } from '../contract.ts'
import type { Decision } from '../../../kernel/store.ts'

/** A ticket as it was issued. Whether it was used is written at the door alone. */
export type IssuedTicket = {
  id: string
  ticketTypeId: string
  ticketTypeName: string
  /** Its place among the order's tickets, from 1. */
  ordinal: number
  seat: string | null
  holderName: string
}

/**
 * The tickets of one order.
 *
 *   message         from       to         message sent
 *   ticket.issue    (none)     issued     ticket.issued
 *   ticket.revoke   (none)     revoked                    no ticket was ever made
 *   ticket.revoke   issued     revoked
 *   ticket.issue    revoked    revoked                    written before the revocation
 *   ticket.issue    revoked    issued     ticket.issued   written after it: paid once more
 *
 * Messages may repeat and overtake each other. Both instants are when the message was written, and
 * a revocation covers every issue that was written or heard before it.
 */
export type OrderTickets = {
  /** The order's. */
  id: string
  eventId: string
  issuedAt: Date | null
  revokedAt: Date | null
  /** Null while nothing but a revocation was heard. */
  order: OrderSnapshot | null
  tickets: IssuedTicket[]
}

type Decided = Decision<OrderTickets, AdmissionMessage>

/** Whether the tickets open the door. */
export const admits = ({ issuedAt, revokedAt }: OrderTickets): boolean =>
  issuedAt !== null && (revokedAt === null || issuedAt > revokedAt)

export function issue(
  current: OrderTickets | undefined,
  order: OrderSnapshot,
  writtenAt: Date,
  ticketId: (ticketTypeId: string, ordinal: number) => string,
): Decided {
  if (current && admits(current)) return { state: current, messages: [] }
  if (current?.revokedAt && writtenAt <= current.revokedAt) return { state: current, messages: [] }

  const tickets = ticketsOf(order, ticketId)
  const ticketIds = tickets.map((ticket) => ticket.id)
  return {
    state: {
      id: order.orderId,
      eventId: order.eventId,
      issuedAt: writtenAt,
      revokedAt: current?.revokedAt ?? null,
      order,
      tickets,
    },
    messages: [{ type: 'ticket.issued', key: order.orderId, data: { order, ticketIds } }],
  }
}

export function revoke(
  current: OrderTickets | undefined,
  order: { orderId: string; eventId: string },
  writtenAt: Date,
): Decided {
  if (!current) {
    const nothing = { issuedAt: null, order: null, tickets: [] }
    return {
      state: { id: order.orderId, eventId: order.eventId, revokedAt: writtenAt, ...nothing },
      messages: [],
    }
  }
  if (current.revokedAt && writtenAt <= current.revokedAt) return { state: current, messages: [] }
  const { issuedAt } = current
  const revokedAt = issuedAt && issuedAt > writtenAt ? issuedAt : writtenAt
  return { state: { ...current, revokedAt }, messages: [] }
}

function ticketsOf(
  order: OrderSnapshot,
  ticketId: (ticketTypeId: string, ordinal: number) => string,
): IssuedTicket[] {
  const places = order.items.flatMap((item) =>
    Array.from({ length: item.quantity }, (_, index) => ({ item, seat: item.seats[index] })),
  )
  return places.map(({ item, seat }, index) => ({
    id: ticketId(item.ticketTypeId, index + 1),
    ticketTypeId: item.ticketTypeId,
    ticketTypeName: item.name,
    ordinal: index + 1,
    seat: seat ?? null,
    holderName: order.buyer.name,
  }))
}
