import type pg from 'pg'
import { fromPublicId } from '../../kernel/id.ts'
import { ticketTypesEverOffered } from '../../modules/booking/adapters/queries.ts'
import type { Availability, AvailabilityPage } from '../../modules/booking/ports.ts'

/** Ticket types as this API knows them: by small numbers, which they never change. */
export type CategoryList = {
  /** The answer to `GET /categories`, as old as availability may be. */
  bytes(): Promise<Buffer>
  /** The ticket type with this number; undefined when there is none, or not any more. */
  ticketTypeOf(number: number): Promise<string | undefined>
}

type Ready = { page: AvailabilityPage | undefined; bytes: Buffer; ids: Map<number, string> }
type Offered = { ticketTypes: { id: string; name: string; unitPrice: number; available: number }[] }

/** Made anew only when availability is: one page for everyone who asks meanwhile. */
export function categoryList(
  pool: pg.Pool,
  availability: Availability,
  eventId: string,
): CategoryList {
  let ready: Ready | undefined

  async function present(): Promise<Ready> {
    const page = await availability.of(eventId)
    if (ready && ready.page === page) return ready
    return (ready = await make(page))
  }

  async function make(page: AvailabilityPage | undefined): Promise<Ready> {
    const { ticketTypes }: Offered = page ? JSON.parse(page.body.toString()) : { ticketTypes: [] }
    const everOffered = page ? ((await ticketTypesEverOffered(pool, eventId)) ?? []) : []
    const numberOf = new Map(everOffered.map((id, place) => [id, place + 1]))
    const ids = new Map<number, string>()
    const data = ticketTypes.flatMap(({ id: publicId, name, unitPrice: price, available }) => {
      const id = fromPublicId('tickettype', publicId)
      const number = id.ok ? numberOf.get(id.value) : undefined
      if (!id.ok || number === undefined) return []
      ids.set(number, id.value)
      return [{ id: number, name, price, total: available }]
    })
    return { page, ids, bytes: Buffer.from(JSON.stringify({ data })) }
  }

  return {
    bytes: async () => (await present()).bytes,
    ticketTypeOf: async (number) => (await present()).ids.get(number),
  }
}
