import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { toPublicId } from '../../../kernel/id.ts'
import type { EventOffer, TicketTypeOffer } from '../../catalog/contract.ts'
import type { StockLevel } from '../contract.ts'
import type { Availability, AvailabilityPage } from '../ports.ts'

type Cached = { page: AvailabilityPage | undefined; until: number }

export function availability(
  pool: pg.Pool,
  refreshSeconds: number,
  eventsMax = 1_000,
): Availability {
  const cache = new Map<string, Cached>()
  const underWay = new Map<string, Promise<AvailabilityPage | undefined>>()

  async function compute(eventId: string): Promise<AvailabilityPage | undefined> {
    try {
      const page = await readPage(pool, eventId)
      cache.delete(eventId)
      cache.set(eventId, { page, until: Date.now() + refreshSeconds * 1000 })
      if (cache.size > eventsMax) cache.delete(cache.keys().next().value!)
      return page
    } finally {
      underWay.delete(eventId)
    }
  }

  async function of(eventId: string): Promise<AvailabilityPage | undefined> {
    const cached = cache.get(eventId)
    if (cached && Date.now() < cached.until) return cached.page
    const running = underWay.get(eventId) ?? compute(eventId)
    underWay.set(eventId, running)
    return running
  }

  return {
    of,
    forget: (eventId: string) => void cache.delete(eventId),
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

async function readPage(pool: pg.Pool, eventId: string): Promise<AvailabilityPage | undefined> {
  const { rows } = await pool.query<StockLevel & { offer: EventOffer; now: Date }>(
    `select ticket_type_id as "ticketTypeId", capacity, taken, offer, clock_timestamp() as now
     from booking.stock join booking.events using (event_id) where event_id = $1`,
    [eventId],
  )
  const [first] = rows
  if (!first || first.offer.status === 'draft') return undefined
  const { offer, now } = first
  const body = Buffer.from(
    JSON.stringify({
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
    }),
  )
  return { body, etag: `"${hash('sha256', body, 'base64url').slice(0, 22)}"` }
}

function saleOf(type: TicketTypeOffer, available: number, now: Date): string {
  if (type.validFrom !== null && now < new Date(type.validFrom)) return 'not_started'
  if (type.validUntil !== null && now >= new Date(type.validUntil)) return 'ended'
  return available > 0 ? 'on_sale' : 'sold_out'
}
