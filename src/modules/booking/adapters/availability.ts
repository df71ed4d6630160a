import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { toPublicId } from '../../../kernel/id.ts'
import type { Page, SharedPages } from '../../../platform/shared-pages.ts'
import type { EventOffer, TicketTypeOffer } from '../../catalog/contract.ts'
import type { StockLevel } from '../contract.ts'
import type { Availability, AvailabilityPage } from '../ports.ts'
import { listSeats } from './queries.ts'

type Cached = { page: AvailabilityPage | undefined; until: number }

/**
 * Says what is left of each ticket type. Computed once per interval for everyone who asks, so that
 * reads cost the same at one buyer and at a million; `forget` makes the next reader see the truth.
 */
export function availability(
  pool: pg.Pool,
  pages: SharedPages,
  refreshSeconds: number,
  eventsMax = 1_000,
): Availability {
  const kept = keptPages(refreshSeconds, eventsMax, (eventId) =>
    pages.of({ group: eventId, key: 'availability', refreshSeconds }, () =>
      readPage(pool, eventId),
    ),
  )
  const { of } = kept

  return {
    of,
    forget(eventId) {
      pages.forget(eventId)
      kept.forget(eventId)
    },
    async *changesOf(eventId, signal) {
      let last: string | undefined
      while (!signal.aborted) {
        const page = await of(eventId)
        if (!page) return
        if (page.etag !== last) yield JSON.parse(page.body.toString())
        last = page.etag
        await sleep(refreshSeconds * 1000, undefined, { signal }).catch(() => {})
      }
    },
  }
}

/**
 * The seats of a ticket type and which of them are free. A hall of 15,000 is half a megabyte, and
 * whoever reads and writes that holds up all others, so it is made once per interval; few are kept.
 */
export function seatPages(
  pool: pg.Pool,
  pages: SharedPages,
  refreshSeconds: number,
  typesMax = 40,
) {
  const { of } = keptPages(refreshSeconds, typesMax, (key) => {
    const [eventId = '', ticketTypeId = ''] = key.split(' ')
    return pages.of({ group: eventId, key: `seats ${ticketTypeId}`, refreshSeconds }, async () => {
      const seats = await listSeats(pool, eventId, ticketTypeId)
      return seats && bytesOf({ seats })
    })
  })
  return (eventId: string, ticketTypeId: string) => of(`${eventId} ${ticketTypeId}`)
}
export type SeatPages = ReturnType<typeof seatPages>

/** Makes each page once per interval; readers who meet it being made wait for that one. */
function keptPages(
  refreshSeconds: number,
  pagesMax: number,
  make: (key: string) => Promise<Page | undefined>,
) {
  const cache = new Map<string, Cached>()
  const underWay = new Map<string, Promise<AvailabilityPage | undefined>>()

  async function compute(key: string): Promise<AvailabilityPage | undefined> {
    try {
      const made = await make(key)
      const page = made && { body: made.bytes, etag: etagOf(made.bytes) }
      cache.delete(key)
      cache.set(key, { page, until: Date.now() + (made?.freshMillis ?? refreshSeconds * 1000) })
      if (cache.size > pagesMax) cache.delete(cache.keys().next().value!)
      return page
    } finally {
      underWay.delete(key)
    }
  }

  return {
    async of(key: string): Promise<AvailabilityPage | undefined> {
      const cached = cache.get(key)
      if (cached && Date.now() < cached.until) return cached.page
      const running = underWay.get(key) ?? compute(key)
      underWay.set(key, running)
      return running
    },
    forget: (key: string) => void cache.delete(key),
  }
}

const bytesOf = (content: object): Buffer => Buffer.from(JSON.stringify(content))
const etagOf = (bytes: Buffer): string => `"${hash('sha256', bytes, 'base64url').slice(0, 22)}"`

async function readPage(pool: pg.Pool, eventId: string): Promise<Buffer | undefined> {
  const { rows } = await pool.query<StockLevel & { offer: EventOffer; now: Date }>(
    `select ticket_type_id as "ticketTypeId", capacity, taken, offer, clock_timestamp() as now
     from booking.stock join booking.events using (event_id) where event_id = $1`,
    [eventId],
  )
  const [first] = rows
  if (!first || first.offer.status === 'draft') return undefined
  const { offer, now } = first
  return bytesOf({
    eventId: toPublicId('event', eventId),
    status: offer.status,
    currency: offer.currency,
    ticketTypes: offer.ticketTypes.map((type) => {
      const level = rows.find((row) => row.ticketTypeId === type.ticketTypeId)
      const available = level ? level.capacity - level.taken : 0
      return {
        id: toPublicId('tickettype', type.ticketTypeId),
        name: type.name,
        unitPrice: type.unitPrice,
        capacity: level?.capacity ?? 0,
        available,
        sale: saleOf(type, available, now),
        validFrom: type.validFrom,
        validUntil: type.validUntil,
        numberedSeats: type.seatsPerRow !== null,
      }
    }),
  })
}

function saleOf(type: TicketTypeOffer, available: number, now: Date): string {
  if (type.validFrom !== null && now < new Date(type.validFrom)) return 'not_started'
  if (type.validUntil !== null && now >= new Date(type.validUntil)) return 'ended'
  return available > 0 ? 'on_sale' : 'sold_out'
}
