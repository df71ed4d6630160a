import { Type } from 'typebox'
import { principalOf } from '../../../../platform/http-server.ts'
import { creationKey, idempotencyHeaders } from '../../../../platform/idempotency.ts'
import { newId } from '../../../../platform/ids.ts'
import type { Http } from '../../../../platform/module.ts'
import { only, refuse } from '../../../../platform/problems.ts'
import { cancelEvent } from '../../use-cases/cancel-event.ts'
import { createEvent } from '../../use-cases/create-event.ts'
import { publishEvent } from '../../use-cases/publish-event.ts'
import { updateEvent } from '../../use-cases/update-event.ts'
import {
  dated,
  eventBody,
  eventChanges,
  eventId,
  eventReply,
  presentEvent,
  toId,
} from '../schemas.ts'
import { catalogProblems } from '../problems.ts'
import { changing, shown, type RouteContext } from './context.ts'

const notCreated = only(
  catalogProblems,
  'idempotency-key-reused',
  'event-ends-before-start',
  'unknown-time-zone',
  'unknown-currency',
  'sales-window-empty',
  'too-many-ticket-types',
  'event-cancelled',
)
const notUpdated = only(
  catalogProblems,
  'event-not-found',
  'forbidden',
  'event-ends-before-start',
  'unknown-time-zone',
  'unknown-currency',
  'event-cancelled',
  'currency-fixed',
  'event-starts-in-past',
)
const notPublished = only(
  catalogProblems,
  'event-not-found',
  'forbidden',
  'event-cancelled',
  'no-ticket-types',
  'event-starts-in-past',
)
const notCancelled = only(catalogProblems, 'event-not-found', 'forbidden', 'event-has-live-orders')

export function eventRoutes(http: Http, context: RouteContext): void {
  create(http, context)
  update(http, context)
  publish(http, context)
  cancel(http, context)
}

function create(http: Http, context: RouteContext): void {
  http.post(
    '/events',
    {
      config: { access: ['organiser', 'admin'], scope: 'events:write', problems: notCreated },
      schema: {
        operationId: 'createEvent',
        tags: ['catalog'],
        summary: 'Make a draft of an event',
        headers: idempotencyHeaders,
        body: eventBody,
        response: { 201: eventReply },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request)
      const { id, requestHash } = creationKey(request, userId)
      const { ticketTypes = [], ...terms } = request.body
      const result = await createEvent(context.ports, {
        eventId: id,
        organiserId: userId,
        requestHash: requestHash ?? null,
        terms: dated(terms, 'startsAt', 'endsAt'),
        ticketTypes: ticketTypes.map((ticketType) => ({
          ...dated(ticketType, 'validFrom', 'validUntil'),
          ticketTypeId: newId(),
          requestHash: null,
        })),
      })
      if (!result.ok) return refuse(reply, notCreated, result.error)
      await shown(context, result.value)
      return reply.code(201).send(presentEvent(result.value))
    },
  )
}

function update(http: Http, context: RouteContext): void {
  http.patch(
    '/events/:eventId',
    {
      config: { ...changing, problems: notUpdated },
      schema: {
        operationId: 'updateEvent',
        tags: ['catalog'],
        summary: 'Change the terms that are given',
        params: Type.Object({ eventId }),
        body: eventChanges,
        response: { 200: eventReply },
      },
    },
    async (request, reply) => {
      const result = await updateEvent(context.ports, {
        eventId: toId('event', request.params.eventId),
        actor: principalOf(request),
        changes: dated(request.body, 'startsAt', 'endsAt'),
      })
      if (!result.ok) return refuse(reply, notUpdated, result.error)
      await shown(context, result.value)
      return reply.send(presentEvent(result.value))
    },
  )
}

function publish(http: Http, context: RouteContext): void {
  http.post(
    '/events/:eventId/publish',
    {
      config: { ...changing, problems: notPublished },
      schema: {
        operationId: 'publishEvent',
        tags: ['catalog'],
        summary: 'Put an event on sale',
        params: Type.Object({ eventId }),
        response: { 200: eventReply },
      },
    },
    async (request, reply) => {
      const result = await publishEvent(context.ports, {
        eventId: toId('event', request.params.eventId),
        actor: principalOf(request),
      })
      if (!result.ok) return refuse(reply, notPublished, result.error)
      await shown(context, result.value)
      return reply.send(presentEvent(result.value))
    },
  )
}

function cancel(http: Http, context: RouteContext): void {
  const wish = Type.Object(
    {
      cancelOrders: Type.Optional(
        Type.Boolean({ description: 'Also cancel and refund what is held or sold.' }),
      ),
    },
    { additionalProperties: false },
  )
  http.post(
    '/events/:eventId/cancel',
    {
      config: { ...changing, problems: notCancelled },
      schema: {
        operationId: 'cancelEvent',
        tags: ['catalog'],
        summary: 'Cancel an event for good',
        params: Type.Object({ eventId }),
        // A request without a body is validated as null.
        body: Type.Union([wish, Type.Null()]),
        response: { 200: eventReply },
      },
    },
    async (request, reply) => {
      const result = await cancelEvent(context.ports, {
        eventId: toId('event', request.params.eventId),
        actor: principalOf(request),
        cancelOrders: request.body?.cancelOrders ?? false,
      })
      if (!result.ok) return refuse(reply, notCancelled, result.error)
      await shown(context, result.value)
      return reply.send(presentEvent(result.value))
    },
  )
}
