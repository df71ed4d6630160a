import type pg from 'pg'
import type { EventFacts } from '../contract.ts'
import type { Event } from '../domain/event.ts'
import { selectEvents, toEvent, type EventRow } from './event-store.ts'

/** Where the page before ended: events are listed by start, those of one instant by id. */
export type EventPosition = { startsAt: Date; id: string }
export type EventPage = { events: Event[]; next: EventPosition | undefined }
type PageOf = { after: EventPosition | undefined; limit: number }
export type EventFilter = { q?: string; category?: string; from?: Date; to?: Date }

const isListed = `e.status = 'published'
  and coalesce(e.ends_at, e.starts_at + interval '24 hours') > $1
  and ($2::text is null or strpos(lower(e.title || ' ' || e.location), lower($2)) > 0)
  and ($3::text is null or e.category = $3)
  and ($4::timestamptz is null or e.starts_at >= $4)
  and ($5::timestamptz is null or e.starts_at < $5)`

/**
 * Published events that are not over; one without an end counts as over a day after its start.
 * `q` is looked for in title and location; `from` and `to` bound the start, `to` is not included.
 */
export async function listEvents(
  pool: pg.Pool,
  { q, category, from, to }: EventFilter,
  { after, limit }: PageOf,
  now: Date,
): Promise<EventPage> {
  const { rows } = await pool.query<EventRow>(
    `${selectEvents}
     where ${isListed}
       and ($6::timestamptz is null or (e.starts_at, e.id) > ($6, $7::uuid))
     order by e.starts_at, e.id
     limit $8`,
    [now, q, category, from, to, after?.startsAt, after?.id, limit + 1],
  )
  return toPage(rows, limit)
}

/** The same events by numbered pages, from 1, with how many there are in all. */
export async function listNumberedPage(
  pool: pg.Pool,
  { q, category, from, to }: EventFilter,
  { page, limit }: { page: number; limit: number },
  now: Date,
): Promise<{ events: Event[]; total: number }> {
  const filter = [now, q, category, from, to]
  const [{ rows }, counted] = await Promise.all([
    pool.query<EventRow>(
      `${selectEvents} where ${isListed} order by e.starts_at, e.id limit $6 offset $7`,
      [...filter, limit, (page - 1) * limit],
    ),
    pool.query<{ total: number }>(
      `select count(*) as total from catalog.events e where ${isListed}`,
      filter,
    ),
  ])
  return { events: rows.map(toEvent), total: counted.rows[0]?.total ?? 0 }
}

/** An organiser's events in any state; everyone's when no organiser is named. */
export async function listOrganiserEvents(
  pool: pg.Pool,
  organiserId: string | undefined,
  { after, limit }: PageOf,
): Promise<EventPage> {
  const { rows } = await pool.query<EventRow>(
    `${selectEvents}
     where ($1::uuid is null or e.organiser_id = $1)
       and ($2::timestamptz is null or (e.starts_at, e.id) > ($2, $3::uuid))
     order by e.starts_at, e.id
     limit $4`,
    [organiserId, after?.startsAt, after?.id, limit + 1],
  )
  return toPage(rows, limit)
}

export async function findEvent(pool: pg.Pool, eventId: string): Promise<EventFacts | undefined> {
  const { rows } = await pool.query<EventFacts>(
    `select organiser_id as "organiserId", time_zone as "timeZone", currency
     from catalog.events where id = $1`,
    [eventId],
  )
  return rows[0]
}

/** How a user stands to an event: it is theirs, they work its doors, or neither. */
export async function roleAt(
  pool: pg.Pool,
  eventId: string,
  userId: string,
): Promise<'organiser' | 'staff' | undefined> {
  const { rows } = await pool.query<{ role: 'organiser' | 'staff' }>(
    `select 'organiser' as role from catalog.events where id = $1 and organiser_id = $2
     union all
     select 'staff' from catalog.event_staff where event_id = $1 and user_id = $2
     limit 1`,
    [eventId, userId],
  )
  return rows[0]?.role
}

/** What stands on the banner of a published event: the one with this id, or with this banner. */
export async function findBannerTexts(
  pool: pg.Pool,
  of: { eventId: string } | { path: string },
): Promise<{ title: string; location: string } | undefined> {
  const [column, value] = 'eventId' in of ? ['id', of.eventId] : ['banner_path', of.path]
  const { rows } = await pool.query<{ title: string; location: string }>(
    `select title, location from catalog.events
     where ${column} = $1 and status = 'published' order by starts_at, id limit 1`,
    [value],
  )
  return rows[0]
}

/** One row more than the page was read, to know whether another page follows. */
function toPage(rows: readonly EventRow[], limit: number): EventPage {
  const events = rows.slice(0, limit).map(toEvent)
  const last = events.at(-1)
  return { events, next: rows.length > limit ? last : undefined }
}
