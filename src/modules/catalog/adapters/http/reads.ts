import assert from 'node:assert'
import { Type } from 'typebox'
import { hasRole, type Principal } from '../../../../kernel/principal.ts'
import { principalOf } from '../../../../platform/http-server.ts'
import type { Http } from '../../../../platform/module.ts'
import { only, platformProblems, refuse } from '../../../../platform/problems.ts'
import { maySee } from '../../domain/event.ts'
import { listEvents, listOrganiserEvents } from '../queries.ts'
import { sendReady } from '../ready-answers.ts'
import {
  eventId,
  eventPageReply,
  eventReply,
  listQuery,
  pageQuery,
  presentEvent,
  presentPage,
  toId,
  toPosition,
} from '../schemas.ts'
import { catalogProblems } from '../problems.ts'
import type { RouteContext } from './context.ts'

const limitDefault = 20
const unknownEvent = only(catalogProblems, 'event-not-found')

export function readRoutes(http: Http, context: RouteContext): void {
  list(http, context)
  get(http, context)
  listOfOrganiser(http, context)
}

/** First pages are kept ready; searches and later pages, of which there is no end, are not. */
function list(http: Http, { ports, pool, answers }: RouteContext): void {
  http.get(
    '/events',
    {
      config: { hasETag: true },
      schema: {
        operationId: 'listEvents',
        tags: ['catalog'],
        summary: 'Published events that are not over, by start',
        querystring: listQuery,
        response: { 200: eventPageReply },
      },
    },
    async (request, reply) => {
      const { q, category, from, to, cursor, limit = limitDefault } = request.query
      const filter = {
        ...(q !== undefined && { q }),
        ...(category !== undefined && { category }),
        ...(from !== undefined && { from: new Date(from) }),
        ...(to !== undefined && { to: new Date(to) }),
      }
      const after = toPosition(cursor)
      if (after === 'malformed') return refuse(reply, platformProblems, { kind: 'invalid-request' })
      const page = { after, limit }
      const read = async () => presentPage(await listEvents(pool, filter, page, ports.clock()))
      if (q !== undefined || from !== undefined || to !== undefined || cursor !== undefined) {
        return reply.send(await read())
      }
      const ready = await answers.get(`page ${limit} ${category ?? ''}`, read)
      assert(ready, 'there is always a page, be it empty')
      return sendReady(reply, ready, ports.catalogRefreshSeconds)
    },
  )
}

function get(http: Http, { ports, answers }: RouteContext): void {
  http.get(
    '/events/:eventId',
    {
      config: { scope: 'events:read', hasETag: true, problems: unknownEvent },
      schema: {
        operationId: 'getEvent',
        tags: ['catalog'],
        summary: 'One event; a draft only for those who work on it',
        params: Type.Object({ eventId }),
        response: { 200: eventReply },
      },
    },
    async (request, reply) => {
      const id = toId('event', request.params.eventId)
      const ready = await answers.get(id, async () => {
        const event = await ports.events.find(id)
        return event && maySee(event, undefined) ? presentEvent(event) : undefined
      })
      if (ready) return sendReady(reply, ready, ports.catalogRefreshSeconds)

      const reader = readerOf(request.principal)
      const event = reader && (await ports.events.find(id))
      if (!event || !maySee(event, reader)) {
        return refuse(reply, unknownEvent, { kind: 'event-not-found' })
      }
      return reply.header('cache-control', 'private, no-store').send(presentEvent(event))
    },
  )
}

/** The route is public, so the server leaves it to the route what a key without scope may see. */
const readerOf = (principal: Principal | undefined): Principal | undefined =>
  principal?.scopes?.includes('events:read') === false ? undefined : principal

function listOfOrganiser(http: Http, { pool }: RouteContext): void {
  http.get(
    '/organiser/events',
    {
      config: { access: ['organiser', 'admin'], scope: 'events:read' },
      schema: {
        operationId: 'listOrganiserEvents',
        tags: ['catalog'],
        summary: "The organiser's own events in any state; an administrator sees everyone's",
        querystring: Type.Object(pageQuery),
        response: { 200: eventPageReply },
      },
    },
    async (request, reply) => {
      const { cursor, limit = limitDefault } = request.query
      const caller = principalOf(request)
      const organiserId = hasRole(caller, 'admin') ? undefined : caller.userId
      const after = toPosition(cursor)
      if (after === 'malformed') return refuse(reply, platformProblems, { kind: 'invalid-request' })
      const page = { after, limit }
      return reply.send(presentPage(await listOrganiserEvents(pool, organiserId, page)))
    },
  )
}
