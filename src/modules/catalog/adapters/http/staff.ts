import { Type } from 'typebox'
import { toPublicId } from '../../../../kernel/id.ts'
import { principalOf } from '../../../../platform/http-server.ts'
import type { Http } from '../../../../platform/module.ts'
import { only, refuse } from '../../../../platform/problems.ts'
import { manageable } from '../../domain/event.ts'
import { addEventStaff } from '../../use-cases/add-event-staff.ts'
import { removeEventStaff } from '../../use-cases/remove-event-staff.ts'
import { eventId, toId, userId } from '../schemas.ts'
import { catalogProblems } from '../problems.ts'
import { changing, shown, type RouteContext } from './context.ts'

const notAllowed = only(catalogProblems, 'event-not-found', 'forbidden')
const notAdded = only(
  catalogProblems,
  'event-not-found',
  'forbidden',
  'event-cancelled',
  'too-many-staff',
)
const notRemoved = only(catalogProblems, 'event-not-found', 'forbidden', 'event-cancelled')

export function staffRoutes(http: Http, context: RouteContext): void {
  list(http, context)
  add(http, context)
  remove(http, context)
}

function list(http: Http, { ports }: RouteContext): void {
  http.get(
    '/events/:eventId/staff',
    {
      config: { access: 'signed-in', scope: 'events:read', problems: notAllowed },
      schema: {
        operationId: 'listEventStaff',
        tags: ['catalog'],
        summary: 'Who works the doors of an event',
        params: Type.Object({ eventId }),
        response: {
          200: Type.Object({ staff: Type.Array(Type.Object({ userId: Type.String() })) }),
        },
      },
    },
    async (request, reply) => {
      const found = await ports.events.find(toId('event', request.params.eventId))
      const event = manageable(found, principalOf(request))
      if (!event.ok) return refuse(reply, notAllowed, event.error)
      const staff = event.value.staffIds.map((id) => ({ userId: toPublicId('user', id) }))
      return reply.send({ staff })
    },
  )
}

function add(http: Http, context: RouteContext): void {
  http.put(
    '/events/:eventId/staff/:userId',
    {
      config: { ...changing, problems: notAdded },
      schema: {
        operationId: 'addEventStaff',
        tags: ['catalog'],
        summary: 'Let a user work the doors of an event',
        params: Type.Object({ eventId, userId }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const result = await addEventStaff(context.ports, {
        eventId: toId('event', request.params.eventId),
        actor: principalOf(request),
        userId: toId('user', request.params.userId),
      })
      if (!result.ok) return refuse(reply, notAdded, result.error)
      await shown(context, result.value)
      return reply.code(204).send(null)
    },
  )
}

function remove(http: Http, context: RouteContext): void {
  http.delete(
    '/events/:eventId/staff/:userId',
    {
      config: { ...changing, problems: notRemoved },
      schema: {
        operationId: 'removeEventStaff',
        tags: ['catalog'],
        summary: 'Take a user off the doors of an event',
        params: Type.Object({ eventId, userId }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const result = await removeEventStaff(context.ports, {
        eventId: toId('event', request.params.eventId),
        actor: principalOf(request),
        userId: toId('user', request.params.userId),
      })
      if (!result.ok) return refuse(reply, notRemoved, result.error)
      await shown(context, result.value)
      return reply.code(204).send(null)
    },
  )
}
