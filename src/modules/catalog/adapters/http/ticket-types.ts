import assert from 'node:assert'
import { Type } from 'typebox'
import { principalOf } from '../../../../platform/http-server.ts'
import { creationKey, idempotencyHeaders } from '../../../../platform/idempotency.ts'
import type { Http } from '../../../../platform/module.ts'
import { only, refuse } from '../../../../platform/problems.ts'
import type { Event } from '../../domain/event.ts'
import { addTicketType } from '../../use-cases/add-ticket-type.ts'
import { removeTicketType } from '../../use-cases/remove-ticket-type.ts'
import { updateTicketType } from '../../use-cases/update-ticket-type.ts'
import {
  dated,
  eventId,
  presentTicketType,
  ticketTypeBody,
  ticketTypeChanges,
  ticketTypeId,
  ticketTypeReply,
  toId,
} from '../schemas.ts'
import { catalogProblems } from '../problems.ts'
import { changing, shown, type RouteContext } from './context.ts'

const notAdded = only(
  catalogProblems,
  'event-not-found',
  'forbidden',
  'event-cancelled',
  'sales-window-empty',
  'too-many-ticket-types',
  'idempotency-key-reused',
)
const notUpdated = only(
  catalogProblems,
  'event-not-found',
  'forbidden',
  'event-cancelled',
  'ticket-type-not-found',
  'sales-window-empty',
  'capacity-below-taken',
  'seats-fixed',
)
const notRemoved = only(
  catalogProblems,
  'event-not-found',
  'forbidden',
  'event-cancelled',
  'ticket-type-not-found',
  'ticket-type-has-sales',
  'no-ticket-types',
)

export function ticketTypeRoutes(http: Http, context: RouteContext): void {
  add(http, context)
  update(http, context)
  remove(http, context)
}

function add(http: Http, context: RouteContext): void {
  http.post(
    '/events/:eventId/ticket-types',
    {
      config: { ...changing, problems: notAdded },
      schema: {
        operationId: 'addTicketType',
        tags: ['catalog'],
        summary: 'Add a ticket type',
        params: Type.Object({ eventId }),
        headers: idempotencyHeaders,
        body: ticketTypeBody,
        response: { 201: ticketTypeReply },
      },
    },
    async (request, reply) => {
      const actor = principalOf(request)
      const event = toId('event', request.params.eventId)
      const { id, requestHash } = creationKey(request, `${actor.userId} ${event}`)
      const result = await addTicketType(context.ports, {
        eventId: event,
        actor,
        ticketType: {
          ...dated(request.body, 'validFrom', 'validUntil'),
          ticketTypeId: id,
          requestHash: requestHash ?? null,
        },
      })
      if (!result.ok) return refuse(reply, notAdded, result.error)
      await shown(context, result.value)
      return reply.code(201).send(presentTicketType(ticketTypeOf(result.value, id)))
    },
  )
}

function update(http: Http, context: RouteContext): void {
  http.patch(
    '/events/:eventId/ticket-types/:ticketTypeId',
    {
      config: { ...changing, problems: notUpdated },
      schema: {
        operationId: 'updateTicketType',
        tags: ['catalog'],
        summary: 'Change the terms of a ticket type that are given',
        params: Type.Object({ eventId, ticketTypeId }),
        body: ticketTypeChanges,
        response: { 200: ticketTypeReply },
      },
    },
    async (request, reply) => {
      const id = toId('tickettype', request.params.ticketTypeId)
      const result = await updateTicketType(context.ports, {
        eventId: toId('event', request.params.eventId),
        actor: principalOf(request),
        ticketTypeId: id,
        changes: dated(request.body, 'validFrom', 'validUntil'),
      })
      if (!result.ok) return refuse(reply, notUpdated, result.error)
      await shown(context, result.value)
      return reply.send(presentTicketType(ticketTypeOf(result.value, id)))
    },
  )
}

function remove(http: Http, context: RouteContext): void {
  http.delete(
    '/events/:eventId/ticket-types/:ticketTypeId',
    {
      config: { ...changing, problems: notRemoved },
      schema: {
        operationId: 'removeTicketType',
        tags: ['catalog'],
        summary: 'Remove a ticket type of which nothing is held or sold',
        params: Type.Object({ eventId, ticketTypeId }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const result = await removeTicketType(context.ports, {
        eventId: toId('event', request.params.eventId),
        actor: principalOf(request),
        ticketTypeId: toId('tickettype', request.params.ticketTypeId),
      })
      if (!result.ok) return refuse(reply, notRemoved, result.error)
      await shown(context, result.value)
      return reply.code(204).send(null)
    },
  )
}

function ticketTypeOf(event: Event, ticketTypeId: string) {
  const ticketType = event.ticketTypes.find(({ id }) => id === ticketTypeId)
  assert(ticketType, 'the change that succeeded left its ticket type in the event')
  return ticketType
}
