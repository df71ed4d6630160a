import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { content, nullable } from '../../../../platform/schemas.ts'
import { bareId, publicIdPattern } from '../../../../kernel/id.ts'
import type { Http } from '../../../../platform/module.ts'
import { only, refuse } from '../../../../platform/problems.ts'
import { streamChanges } from '../../../../platform/server-sent-events.ts'
import type { AvailabilityPage } from '../../ports.ts'
import { eventParams, tags, type RouteNeeds } from './route-needs.ts'
import { bookingProblems } from '../problems.ts'

const unknownEvent = only(bookingProblems, 'event-not-found')
const noSeats = only(bookingProblems, 'no-numbered-seats')

const availabilityReply = Type.Object({
  eventId: Type.String(),
  status: Type.Union([Type.Literal('published'), Type.Literal('cancelled')]),
  currency: Type.String(),
  ticketTypes: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      unitPrice: Type.Integer(),
      capacity: Type.Integer(),
      available: Type.Integer(),
      sale: Type.Union([
        Type.Literal('not_started'),
        Type.Literal('on_sale'),
        Type.Literal('sold_out'),
        Type.Literal('ended'),
      ]),
      validFrom: nullable(Type.String()),
      validUntil: nullable(Type.String()),
      numberedSeats: Type.Boolean(),
    }),
  ),
})

export function availabilityRoutes(http: Http, needs: RouteNeeds): void {
  availabilityOfTypes(http, needs)
  seatsRoute(http, needs)
}

function availabilityOfTypes(http: Http, { availability }: RouteNeeds): void {
  http.get(
    '/events/:eventId/availability',
    {
      schema: {
        tags,
        operationId: 'getAvailability',
        summary: 'What is left of each ticket type',
        params: eventParams,
        response: { 200: availabilityReply },
      },
      config: { hasETag: true, problems: unknownEvent },
    },
    async (request, reply) => {
      const page = await availability.of(bareId('event', request.params.eventId))
      if (!page) return refuse(reply, unknownEvent, { kind: 'event-not-found' })
      return sendPage(reply, page, request.headers['if-none-match'])
    },
  )

  http.get(
    '/events/:eventId/availability/live',
    {
      schema: {
        tags,
        operationId: 'followAvailability',
        summary: 'What is left, and every change of it, as server-sent events',
        params: eventParams,
        response: {
          200: content(
            'text/event-stream',
            'The `data` of each event is as getAvailability has it.',
          ),
        },
      },
      config: { problems: unknownEvent },
    },
    async (request, reply) => {
      const eventId = bareId('event', request.params.eventId)
      if (!(await availability.of(eventId))) {
        return refuse(reply, unknownEvent, { kind: 'event-not-found' })
      }
      return streamChanges(request, reply, (signal) => availability.changesOf(eventId, signal))
    },
  )
}

function seatsRoute(http: Http, { seatsOf }: RouteNeeds): void {
  http.get(
    '/events/:eventId/ticket-types/:ticketTypeId/seats',
    {
      schema: {
        tags,
        operationId: 'listSeats',
        summary: 'The numbered seats of a ticket type and which are free',
        params: Type.Object({
          ...eventParams.properties,
          ticketTypeId: Type.String({ pattern: publicIdPattern('tickettype') }),
        }),
        response: {
          200: Type.Object({
            seats: Type.Array(Type.Object({ label: Type.String(), free: Type.Boolean() })),
          }),
        },
      },
      config: { hasETag: true, problems: noSeats },
    },
    async (request, reply) => {
      const { eventId, ticketTypeId } = request.params
      const page = await seatsOf(bareId('event', eventId), bareId('tickettype', ticketTypeId))
      if (!page) return refuse(reply, noSeats, { kind: 'no-numbered-seats', ticketTypeId })
      return sendPage(reply, page, request.headers['if-none-match'])
    },
  )
}

function sendPage(
  reply: FastifyReply,
  { body, etag }: AvailabilityPage,
  known: string | undefined,
): FastifyReply {
  reply.header('etag', etag).header('cache-control', 'public, max-age=1')
  if (known === etag) return reply.code(304).send()
  return reply.type('application/json; charset=utf-8').send(body)
}
