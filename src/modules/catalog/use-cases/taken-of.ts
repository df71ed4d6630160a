import type { CatalogPorts } from '../ports.ts'

/**
 * How many tickets of an event, or of one of its types, live orders hold. An order placed right after the answer does no
 * harm: booking never lets stock fall below what is taken.
 */
export async function takenOf(
  { booking }: { booking: Pick<CatalogPorts['booking'], 'stockOf'> },
  eventId: string,
  ticketTypeId?: string,
): Promise<number> {
  const stock = await booking.stockOf(eventId)
  return (stock?.levels ?? [])
    .filter((level) => ticketTypeId === undefined || level.ticketTypeId === ticketTypeId)
    .reduce((sum, level) => sum + level.taken, 0)
}
