import { Type } from 'typebox'
import { publicIdPattern } from '../../../../kernel/id.ts'
import type { Http } from '../../../../platform/module.ts'
import { refuse } from '../../../../platform/problems.ts'
import { streamChanges } from '../../../../platform/server-sent-events.ts'
import { bareId, eventParams, tags, type RouteNeeds } from './route-needs.ts'
import { bookingProblems } from '../problems.ts'
import { listSeats } from '../queries.ts'

export function availabilityRoutes(http: Http, { pool, availability }: RouteNeeds): void {
  http.get(
    '/events/:eventId/availability',
    {
      schema: {
        tags,
        operationId: 'getAvailability',
        summary: 'What is left of each ticket type',
        params: eventParams,
      },
    },
    async (request, reply) => {
      const page = await availability.of(bareId('event', request.params.eventId))
      if (!page) return refuse(reply, bookingProblems, { kind: 'event-not-found' })
      reply.header('etag', page.etag).header('cache-control', 'public, max-age=1')
      if (request.headers['if-none-match'] === page.etag) return reply.code(304).send()
      return reply.type('application/json; charset=utf-8').send(page.body)
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
      },
    },
    async (request, reply) => {
      const eventId = bareId('event', request.params.eventId)
      if (!(await availability.of(eventId))) {
        return refuse(reply, bookingProblems, { kind: 'event-not-found' })
      }
      return streamChanges(request, reply, (signal) => availability.changesOf(eventId, signal))
    },
  )

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
    },
    async (request, reply) => {
      const { eventId, ticketTypeId } = request.params
      const seats = await listSeats(
        pool,
        bareId('event', eventId),
        bareId('tickettype', ticketTypeId),
      )
      if (!seats) return refuse(reply, bookingProblems, { kind: 'no-numbered-seats' })
      return { seats }
    },
  )
}
