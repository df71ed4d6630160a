import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { bareId, publicIdPattern, toPublicId } from '../../kernel/id.ts'
import { catalogProblems } from '../../modules/catalog/adapters/problems.ts'
import { listNumberedPage } from '../../modules/catalog/adapters/queries.ts'
import { singleRow } from '../../modules/catalog/contract.ts'
import type { Event } from '../../modules/catalog/ports.ts'
import { cancelEvent } from '../../modules/catalog/use-cases/cancel-event.ts'
import { launchEvent } from '../../modules/catalog/use-cases/launch-event.ts'
import { reviseEvent } from '../../modules/catalog/use-cases/revise-event.ts'
import { principalOf } from '../../platform/http-server.ts'
import { creationKey } from '../../platform/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import type { Http } from '../../platform/module.ts'
import { platformProblems } from '../../platform/problems.ts'
import type { Result } from '../../kernel/result.ts'
import { own, refuse, signedIn, type ServicesParts } from './parts.ts'

const problems = { ...platformProblems, ...catalogProblems }
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '\\S' })
const instant = Type.String({
  format: 'date-time',
  maxLength: 40,
  pattern: '^20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:[0-5]\\d',
})
const eventId = Type.String({ pattern: publicIdPattern('event') })
const terms = {
  title: text(200),
  description: Type.String({ maxLength: 10_000 }),
  location: text(200),
  startsAt: instant,
  endsAt: Type.Optional(Type.Union([instant, Type.Null()])),
  capacity: Type.Integer({ minimum: 1, maximum: singleRow }),
  price: Type.Integer({ minimum: 0, maximum: 1_000_000_000 }),
  numbered: Type.Optional(Type.Boolean()),
}

/** As many tickets as one order can have anywhere. */
const ticketsPerOrderMax = 1_000
const seatsPerRow = (numbered: boolean) => (numbered ? singleRow : null)

export function eventRoutes(http: Http, parts: ServicesParts): void {
  list(http, parts)
  create(http, parts)
  update(http, parts)
  remove(http, parts)
}

function list(http: Http, { pool, catalog, bookingApi }: ServicesParts): void {
  const querystring = Type.Object({
    page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    q: Type.Optional(Type.String({ maxLength: 200 })),
    from: Type.Optional(instant),
    to: Type.Optional(instant),
  })
  http.get(
    '/events',
    { config: own, schema: { hide: true, querystring } },
    async ({ query }, reply) => {
      const { page = 1, limit = 20, q, from, to } = query
      const filter = {
        ...(q !== undefined && { q }),
        ...(from !== undefined && { from: new Date(from) }),
        ...(to !== undefined && { to: new Date(to) }),
      }
      const { events, total } = await listNumberedPage(
        pool,
        filter,
        { page, limit },
        catalog.ports.clock(),
      )
      const left = await bookingApi.leftOf(events.map(({ id }) => id))
      return reply.send({
        data: { events: events.map((event) => presentEvent(event, left)) },
        meta: { page, limit, total, pages: Math.ceil(total / limit) },
      })
    },
  )
}

function create(http: Http, parts: ServicesParts): void {
  http.post(
    '/event/create',
    {
      config: own,
      schema: { hide: true, body: Type.Object(terms) },
      onRequest: signedIn(parts, 'admin'),
    },
    async (request, reply) => {
      const { userId } = principalOf(request)
      const { title, description, location, startsAt, endsAt = null, ...sold } = request.body
      const { id, requestHash = null } = creationKey(request, userId)
      const result = await launchEvent(parts.catalog.ports, {
        eventId: id,
        organiserId: userId,
        requestHash,
        // A booking that is cancelled after it was paid is given back.
        terms: {
          title,
          description,
          location,
          refundable: true,
          startsAt: new Date(startsAt),
          endsAt: instantOrNull(endsAt),
        },
        ticketTypes: [
          {
            ticketTypeId: newId(),
            requestHash: null,
            name: title.slice(0, 100),
            unitPrice: sold.price,
            capacity: sold.capacity,
            ticketsPerOrderMax,
            seatsPerRow: seatsPerRow(sold.numbered ?? true),
          },
        ],
      })
      return answerChange(parts, reply, result, 201)
    },
  )
}

function update(http: Http, parts: ServicesParts): void {
  const body = Type.Object({ id: eventId, ...Type.Partial(Type.Object(terms)).properties })
  http.route({
    method: ['PUT', 'POST'],
    url: '/event/update',
    config: own,
    schema: { hide: true, body },
    onRequest: signedIn(parts, 'admin'),
    async handler(request, reply) {
      const { id, capacity, price, numbered, title, description, location, startsAt, endsAt } =
        request.body
      const { ports } = parts.catalog
      const current = await ports.events.find(bareId('event', id))
      const result = await reviseEvent(ports, {
        eventId: bareId('event', id),
        actor: principalOf(request),
        changes: {
          ...(title !== undefined && { title }),
          ...(description !== undefined && { description }),
          ...(location !== undefined && { location }),
          ...(startsAt !== undefined && { startsAt: new Date(startsAt) }),
          ...(endsAt !== undefined && { endsAt: instantOrNull(endsAt) }),
        },
        ticketTypeId: current?.ticketTypes[0]?.id ?? '',
        ticketTypeChanges: {
          ...(capacity !== undefined && { capacity }),
          ...(price !== undefined && { unitPrice: price }),
          ...(numbered !== undefined && { seatsPerRow: seatsPerRow(numbered) }),
        },
      })
      return answerChange(parts, reply, result, 200)
    },
  })
}

function remove(http: Http, parts: ServicesParts): void {
  http.route({
    method: ['DELETE', 'POST'],
    url: '/event/delete',
    config: own,
    schema: {
      hide: true,
      body: Type.Object({ id: eventId, cancelOrders: Type.Optional(Type.Boolean()) }),
    },
    onRequest: signedIn(parts, 'admin'),
    async handler(request, reply) {
      const { id, cancelOrders = false } = request.body
      const result = await cancelEvent(parts.catalog.ports, {
        eventId: bareId('event', id),
        actor: principalOf(request),
        cancelOrders,
      })
      return answerChange(parts, reply, result, 200)
    },
  })
}

async function answerChange(
  { catalog, bookingApi }: ServicesParts,
  reply: FastifyReply,
  result: Result<Event, { kind: keyof typeof problems }>,
  status: number,
): Promise<FastifyReply> {
  if (!result.ok) return refuse(reply, problems, result.error)
  const event = result.value
  await catalog.afterChange(event)
  const left = await bookingApi.leftOf([event.id])
  return reply.code(status).send({ data: { event: presentEvent(event, left) } })
}

const instantOrNull = (text: string | null) => (text === null ? null : new Date(text))

/** An event with several ticket types shows the price of the first, and the sum of the others. */
function presentEvent(event: Event, left: Record<string, number>) {
  const [first] = event.ticketTypes
  const capacity = event.ticketTypes.reduce((sum, type) => sum + type.capacity, 0)
  return {
    id: toPublicId('event', event.id),
    title: event.title,
    description: event.description,
    location: event.location,
    startsAt: event.startsAt.toISOString(),
    endsAt: event.endsAt?.toISOString() ?? null,
    status: event.status.toUpperCase(),
    capacity,
    price: first?.unitPrice ?? 0,
    numbered: first?.seatsPerRow != null,
    available: left[event.id] ?? capacity,
  }
}
