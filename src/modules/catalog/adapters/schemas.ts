import assert from 'node:assert'
import { Type, type Static } from 'typebox'
import { nullable } from '../../../platform/schemas.ts'
import { fromPublicId, publicIdPattern, toPublicId, type IdKind } from '../../../kernel/id.ts'
import { fromCursor, toCursor } from '../../../platform/cursor.ts'
import type { Event, TicketType } from '../domain/event.ts'
import type { EventPage, EventPosition } from './queries.ts'

/** ISO 8601 with its offset, in this century and without a leap second, which no clock here has. */
const instant = Type.String({
  format: 'date-time',
  maxLength: 40,
  pattern: '^20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-]\\d\\d:\\d\\d)$',
})
const name = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '\\S' })
const count = (maximum: number) => Type.Integer({ minimum: 1, maximum })

export const eventId = Type.String({ pattern: publicIdPattern('event') })
export const ticketTypeId = Type.String({ pattern: publicIdPattern('tickettype') })
export const userId = Type.String({ pattern: publicIdPattern('user') })

const strict = { additionalProperties: false }

const ticketTypeNeeds = {
  name: name(100),
  unitPrice: Type.Integer({
    minimum: 0,
    maximum: 1_000_000_000,
    description: 'In the unit the currency is charged in: whole rupiah for IDR.',
  }),
  capacity: Type.Integer({ minimum: 0, maximum: 200_000 }),
}
const ticketTypeOptions = {
  position: Type.Integer({ minimum: 0, maximum: 10_000 }),
  description: Type.String({ maxLength: 1_000 }),
  ticketsPerOrderMax: count(1_000),
  validFrom: nullable(instant),
  validUntil: nullable(instant),
  seatsPerRow: nullable(count(1_000)),
}

const eventNeeds = {
  title: name(200),
  location: name(200),
  startsAt: instant,
}
const eventOptions = {
  description: Type.String({ maxLength: 10_000 }),
  category: name(40),
  facilities: Type.Array(name(100), { maxItems: 50 }),
  bannerPath: nullable(
    Type.String({
      maxLength: 300,
      pattern: '^(?:/[\\w.~%-]+)+$',
      description: 'A path on this host.',
    }),
  ),
  endsAt: nullable(instant),
  timeZone: Type.String({ maxLength: 64, description: 'An IANA name such as Asia/Jakarta.' }),
  currency: Type.String({ pattern: '^[A-Z]{3}$' }),
  refundable: Type.Boolean(),
  ordersPerBuyerMax: nullable(count(1_000)),
  ticketsPerBuyerMax: nullable(count(10_000)),
  holdSeconds: nullable(count(604_800)),
}

export const ticketTypeBody = Type.Object(
  { ...ticketTypeNeeds, ...Type.Partial(Type.Object(ticketTypeOptions)).properties },
  strict,
)

export const ticketTypeChanges = Type.Partial(
  Type.Object({ ...ticketTypeNeeds, ...ticketTypeOptions }),
  { ...strict, minProperties: 1 },
)

export const eventBody = Type.Object(
  {
    ...eventNeeds,
    ...Type.Partial(Type.Object(eventOptions)).properties,
    ticketTypes: Type.Optional(Type.Array(ticketTypeBody, { maxItems: 100 })),
  },
  {
    ...strict,
    examples: [
      {
        title: 'Malam Keroncong',
        location: 'Balai Kota Surakarta',
        startsAt: '2030-02-01T19:00:00+07:00',
        timeZone: 'Asia/Jakarta',
        ticketTypes: [{ name: 'Regular', unitPrice: 100_000, capacity: 500 }],
      },
    ],
  },
)

export const eventChanges = Type.Partial(Type.Object({ ...eventNeeds, ...eventOptions }), {
  ...strict,
  minProperties: 1,
})

export const pageQuery = {
  cursor: Type.Optional(
    Type.String({ maxLength: 300, description: 'The `nextCursor` of the page before.' }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
}

export const listQuery = Type.Object({
  q: Type.Optional(
    Type.String({ minLength: 1, maxLength: 100, description: 'Looked for in title and location.' }),
  ),
  category: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
  from: Type.Optional(instant),
  to: Type.Optional(instant),
  ...pageQuery,
})

export const ticketTypeReply = Type.Object({
  id: Type.String(),
  position: Type.Integer(),
  name: Type.String(),
  description: Type.String(),
  unitPrice: Type.Integer(),
  capacity: Type.Integer(),
  ticketsPerOrderMax: Type.Integer(),
  validFrom: nullable(Type.String()),
  validUntil: nullable(Type.String()),
  seatsPerRow: nullable(Type.Integer()),
})

export const eventReply = Type.Object({
  id: Type.String(),
  version: Type.Integer(),
  organiserId: Type.String(),
  status: Type.String(),
  title: Type.String(),
  description: Type.String(),
  category: Type.String(),
  facilities: Type.Array(Type.String()),
  bannerPath: nullable(Type.String()),
  location: Type.String(),
  startsAt: Type.String(),
  endsAt: nullable(Type.String()),
  timeZone: Type.String(),
  currency: Type.String(),
  refundable: Type.Boolean(),
  ordersPerBuyerMax: nullable(Type.Integer()),
  ticketsPerBuyerMax: nullable(Type.Integer()),
  holdSeconds: nullable(Type.Integer()),
  createdAt: Type.String(),
  ticketTypes: Type.Array(ticketTypeReply),
})

export const eventPageReply = Type.Object({
  events: Type.Array(eventReply),
  nextCursor: nullable(Type.String()),
})

export const presentTicketType = (ticketType: TicketType): Static<typeof ticketTypeReply> => ({
  id: toPublicId('tickettype', ticketType.id),
  position: ticketType.position,
  name: ticketType.name,
  description: ticketType.description,
  unitPrice: ticketType.unitPrice,
  capacity: ticketType.capacity,
  ticketsPerOrderMax: ticketType.ticketsPerOrderMax,
  validFrom: ticketType.validFrom?.toISOString() ?? null,
  validUntil: ticketType.validUntil?.toISOString() ?? null,
  seatsPerRow: ticketType.seatsPerRow,
})

export const presentEvent = (event: Event): Static<typeof eventReply> => ({
  id: toPublicId('event', event.id),
  version: event.version,
  organiserId: toPublicId('user', event.organiserId),
  status: event.status,
  title: event.title,
  description: event.description,
  category: event.category,
  facilities: [...event.facilities],
  bannerPath: event.bannerPath,
  location: event.location,
  startsAt: event.startsAt.toISOString(),
  endsAt: event.endsAt?.toISOString() ?? null,
  timeZone: event.timeZone,
  currency: event.currency,
  refundable: event.refundable,
  ordersPerBuyerMax: event.ordersPerBuyerMax,
  ticketsPerBuyerMax: event.ticketsPerBuyerMax,
  holdSeconds: event.holdSeconds,
  createdAt: event.createdAt.toISOString(),
  ticketTypes: event.ticketTypes.map(presentTicketType),
})

export const presentPage = ({ events, next }: EventPage): Static<typeof eventPageReply> => ({
  events: events.map(presentEvent),
  nextCursor: next ? toCursor([next.startsAt.toISOString(), toPublicId('event', next.id)]) : null,
})

/** The id inside a public id; the schema of the route has checked its form. */
export function toId(kind: IdKind, publicId: string): string {
  const id = fromPublicId(kind, publicId)
  assert(id.ok, `${publicId} should not have passed the schema`)
  return id.value
}

type Dated<Body, Field> = {
  [Key in keyof Body]: Key extends Field ? ToDate<Body[Key]> : Body[Key]
}
type ToDate<Value> = Value extends string ? Date : Value

/** The body with these fields as dates; what is null or left out stays so. */
export function dated<Body extends object, Field extends keyof Body>(
  body: Body,
  ...fields: Field[]
): Dated<Body, Field> {
  const dates = fields
    .filter((field) => typeof body[field] === 'string')
    .map((field) => [field, new Date(String(body[field]))])
  return { ...body, ...Object.fromEntries(dates) }
}

/** The position a cursor stands for. */
export function toPosition(cursor: string | undefined): EventPosition | 'malformed' | undefined {
  if (cursor === undefined) return undefined
  const [startsAt = '', publicId = ''] = fromCursor(cursor) ?? []
  const id = fromPublicId('event', publicId)
  const isInstant = /^\d{4}-[\d-]+T[\d:.]+Z$/.test(startsAt) && !Number.isNaN(Date.parse(startsAt))
  return id.ok && isInstant ? { startsAt: new Date(startsAt), id: id.value } : 'malformed'
}
