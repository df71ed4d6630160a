import { Type, type Static } from 'typebox'
import type { MessageOf } from '../../kernel/message.ts'
import type { TimelineEntry } from '../../kernel/timeline.ts'
import { orderSnapshot } from '../booking/contract.ts'

/** The facts admission reports. Fields are only ever added; a changed meaning is a new type. */
export const admissionMessages = {
  'ticket.issued': Type.Object(
    { order: orderSnapshot, ticketIds: Type.Array(Type.String()) },
    { description: 'The tickets of a paid order exist and can be sent.' },
  ),
} as const

export type AdmissionMessage = MessageOf<{
  [T in keyof typeof admissionMessages]: Static<(typeof admissionMessages)[T]>
}>

/** How many tickets of a type were let in on a day. */
export type Redemption = { day: string; ticketTypeId: string; name: string; redeemed: number }

/** What other modules may ask admission. */
export type AdmissionApi = {
  /** The e-ticket of an order, one page per ticket; undefined when it has none. */
  eTicketPdf(orderId: string): Promise<Uint8Array | undefined>
  /** The tickets of an event that were let in, by ticket type and day in a time zone. */
  redemptionsOf(eventId: string, timeZone: string): Promise<Redemption[]>
  /** What it knows of the life of an order, oldest first; empty for one it never heard of. */
  timelineOf(orderId: string): Promise<TimelineEntry[]>
}
