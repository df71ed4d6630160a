/** A ticket as the door and its holder see it. */
export type Ticket = {
  id: string
  eventId: string
  ticketTypeId: string
  ticketTypeName: string
  ordinal: number
  seat: string | null
  holderName: string
  revoked: boolean
  redeemedAt: Date | null
}

/** What a scan came to. */
export type Verdict = 'ok' | 'already_redeemed' | 'revoked' | 'wrong_event' | 'unknown'

/** One reading of a code at a door of an event. */
export type Scan = {
  /** The same for every sending of one scan. */
  id: string
  eventId: string
  /** Undefined when the code is not one of ours. */
  ticketId: string | undefined
  scannedBy: string
  scannedAt: Date
}

export type CheckIn = { result: Verdict; ticket?: Ticket }

export const statusOf = (ticket: Ticket): 'valid' | 'redeemed' | 'revoked' => {
  if (ticket.revoked) return 'revoked'
  return ticket.redeemedAt ? 'redeemed' : 'valid'
}

/** What stands against letting the bearer of a ticket in; undefined when nothing does. */
export function refusalOf(
  ticket: Ticket | undefined,
  eventId: string,
): Exclude<Verdict, 'ok'> | undefined {
  if (!ticket) return 'unknown'
  if (ticket.eventId !== eventId) return 'wrong_event'
  if (ticket.revoked) return 'revoked'
  if (ticket.redeemedAt) return 'already_redeemed'
  return undefined
}

/** What the door is told; of another event's ticket nothing but that. */
export function checkInOf(result: Verdict, ticket: Ticket | undefined): CheckIn {
  return ticket && result !== 'wrong_event' && result !== 'unknown'
    ? { result, ticket }
    : { result }
}
