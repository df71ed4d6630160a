import { hash } from 'node:crypto'
import type pg from 'pg'
import { toPublicId } from '../../../kernel/id.ts'
import type { AdmissionApi } from '../contract.ts'
import type { ETicket } from '../domain/e-ticket.ts'
import type { AdmissionPorts } from '../ports.ts'
import { issuedOrder, ticketsOfOrder } from './queries.ts'

/** Buyers open the same e-ticket a few times in a row; a hundred pages are about half a megabyte. */
const keptMax = 32

/** Makes e-tickets, and keeps the latest. They are kept by what they show, so none is ever stale. */
export function eTickets(
  pool: pg.Pool,
  codes: AdmissionPorts['codes'],
): AdmissionApi['eTicketPdf'] {
  const kept = new Map<string, Promise<Uint8Array>>()

  return async (orderId) => {
    const eTicket = await eTicketOf(pool, codes, orderId)
    if (!eTicket) return undefined
    const key = hash('sha256', JSON.stringify(eTicket))
    const pdf = kept.get(key) ?? draw(eTicket)
    kept.delete(key)
    kept.set(key, pdf)
    const oldest = kept.keys().next()
    if (kept.size > keptMax && !oldest.done) kept.delete(oldest.value)
    return pdf
  }
}

/** Loads what draws when it is needed: fonts and all take much of a small process. */
async function draw(eTicket: ETicket): Promise<Uint8Array> {
  const { eTicketPdf } = await import('./e-ticket-pdf.ts')
  return eTicketPdf(eTicket)
}

/** The tickets of an order that still admit; undefined when it has none. */
async function eTicketOf(
  pool: pg.Pool,
  codes: AdmissionPorts['codes'],
  orderId: string,
): Promise<ETicket | undefined> {
  const issued = await issuedOrder(pool, orderId)
  if (!issued) return undefined
  const tickets = (await ticketsOfOrder(pool, orderId)).filter((ticket) => !ticket.revoked)
  if (tickets.length === 0) return undefined
  const { order, issuedAt } = issued
  return {
    orderNumber: toPublicId('order', orderId),
    eventTitle: order.eventTitle,
    eventStartsAt: new Date(order.eventStartsAt),
    eventLocation: order.eventLocation,
    locale: order.buyer.locale,
    issuedAt,
    tickets: tickets.map(({ ticketTypeName, seat, holderName, ...ticket }) => ({
      ticketTypeName,
      seat,
      holderName,
      code: codes.codeOf(ticket),
    })),
  }
}
