import { Type } from 'typebox'
import { bareId, toPublicId } from '../../../../kernel/id.ts'
import { principalOf } from '../../../../platform/http-server.ts'
import type { Http } from '../../../../platform/module.ts'
import { only, refuse } from '../../../../platform/problems.ts'
import { nullable } from '../../../../platform/schemas.ts'
import { managed } from '../../domain/endpoint.ts'
import { pingWebhookEndpoint } from '../../use-cases/ping-webhook-endpoint.ts'
import { redeliverWebhook } from '../../use-cases/redeliver-webhook.ts'
import { redeliverWebhooks } from '../../use-cases/redeliver-webhooks.ts'
import { integrationProblems } from '../problems.ts'
import { findDelivery, listDeliveries } from '../queries.ts'
import {
  changing,
  deliveryParams,
  deliveryReply,
  deliveryStatus,
  endpointParams,
  limitDefault,
  listedDelivery,
  page,
  presentDelivery,
  presentListed,
  reading,
  tags,
  unknownEndpoint,
  type RouteNeeds,
} from './route-needs.ts'

const unknownDelivery = only(integrationProblems, 'endpoint-not-found', 'delivery-not-found')
const notPinged = only(
  integrationProblems,
  'endpoint-not-found',
  'endpoint-disabled',
  'too-many-pings',
)
const notRedelivered = only(
  integrationProblems,
  'endpoint-not-found',
  'delivery-not-found',
  'endpoint-disabled',
)
const noneRedelivered = only(
  integrationProblems,
  'endpoint-not-found',
  'endpoint-disabled',
  'malformed-instant',
)

export function deliveryRoutes(http: Http, needs: RouteNeeds): void {
  readRoutes(http, needs)
  pingRoute(http, needs)
  redeliverRoutes(http, needs)
}

function readRoutes(http: Http, needs: RouteNeeds): void {
  http.get(
    '/webhook-endpoints/:endpointId/deliveries',
    {
      config: { ...reading, problems: unknownEndpoint },
      schema: {
        operationId: 'listWebhookDeliveries',
        summary: 'What was or will be sent to an endpoint, newest first; kept for thirty days',
        tags,
        params: endpointParams,
        querystring: Type.Object({
          ...page('delivery'),
          status: Type.Optional(deliveryStatus),
          type: Type.Optional(Type.String({ maxLength: 60 })),
        }),
        response: {
          200: Type.Object({
            deliveries: Type.Array(listedDelivery),
            nextCursor: nullable(Type.String()),
          }),
        },
      },
    },
    async (request, reply) => {
      const endpointId = bareId('endpoint', request.params.endpointId)
      const endpoint = managed(await needs.endpoints.find(endpointId), principalOf(request))
      if (!endpoint.ok) return refuse(reply, unknownEndpoint, endpoint.error)
      const { cursor, limit = limitDefault, status, type } = request.query
      const after = cursor === undefined ? undefined : bareId('delivery', cursor)
      const filter = { status, type, after, limit: limit + 1 }
      const found = await listDeliveries(needs.pool, endpointId, filter)
      const last = found.length > limit ? found[limit - 1] : undefined
      const nextCursor = last ? toPublicId('delivery', last.id) : null
      return { deliveries: found.slice(0, limit).map(presentListed), nextCursor }
    },
  )

  http.get(
    '/webhook-endpoints/:endpointId/deliveries/:deliveryId',
    {
      config: { ...reading, problems: unknownDelivery },
      schema: {
        operationId: 'getWebhookDelivery',
        summary: 'A delivery: its body, its attempts, and how the last answer began',
        tags,
        params: deliveryParams,
        response: { 200: deliveryReply },
      },
    },
    async (request, reply) => {
      const endpointId = bareId('endpoint', request.params.endpointId)
      const endpoint = managed(await needs.endpoints.find(endpointId), principalOf(request))
      if (!endpoint.ok) return refuse(reply, unknownDelivery, endpoint.error)
      const id = bareId('delivery', request.params.deliveryId)
      const delivery = await findDelivery(needs.pool, endpointId, id)
      if (!delivery) return refuse(reply, unknownDelivery, { kind: 'delivery-not-found' })
      return presentDelivery(delivery)
    },
  )
}

function pingRoute(http: Http, needs: RouteNeeds): void {
  http.post(
    '/webhook-endpoints/:endpointId/ping',
    {
      config: { ...changing, problems: notPinged },
      schema: {
        operationId: 'pingWebhookEndpoint',
        summary: 'Send an endpoint a `webhook.ping`, to see whether it works',
        tags,
        params: endpointParams,
        response: { 202: Type.Object({ deliveryId: Type.String() }) },
      },
    },
    async (request, reply) => {
      const result = await pingWebhookEndpoint(needs, {
        endpointId: bareId('endpoint', request.params.endpointId),
        principal: principalOf(request),
      })
      if (!result.ok) {
        if (result.error.kind === 'too-many-pings') reply.header('retry-after', 60)
        return refuse(reply, notPinged, result.error)
      }
      return reply.code(202).send({ deliveryId: toPublicId('delivery', result.value) })
    },
  )
}

function redeliverRoutes(http: Http, needs: RouteNeeds): void {
  http.post(
    '/webhook-endpoints/:endpointId/deliveries/:deliveryId/redeliver',
    {
      config: { ...changing, problems: notRedelivered },
      schema: {
        operationId: 'redeliverWebhook',
        summary: 'Send a delivery once more, under the same `webhook-id`',
        tags,
        params: deliveryParams,
        response: { 202: Type.Object({ deliveryId: Type.String() }) },
      },
    },
    async (request, reply) => {
      const { endpointId, deliveryId } = request.params
      const result = await redeliverWebhook(needs, {
        endpointId: bareId('endpoint', endpointId),
        deliveryId: bareId('delivery', deliveryId),
        principal: principalOf(request),
      })
      if (!result.ok) return refuse(reply, notRedelivered, result.error)
      return reply.code(202).send({ deliveryId })
    },
  )

  http.post(
    '/webhook-endpoints/:endpointId/redeliver',
    {
      config: { ...changing, problems: noneRedelivered },
      schema: {
        operationId: 'redeliverWebhooks',
        summary: 'Send once more what was sent since an instant',
        tags,
        params: endpointParams,
        body: Type.Object(
          {
            since: Type.String({ format: 'date-time', maxLength: 40 }),
            status: Type.Optional(
              Type.Enum(['delivered', 'failed'], { description: 'Only those that ended so.' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 202: Type.Object({ count: Type.Integer() }) },
      },
    },
    async (request, reply) => {
      const since = new Date(request.body.since)
      // JavaScript knows years that PostgreSQL does not, and the schema seconds that none has.
      if (!(since.getUTCFullYear() > 0)) {
        return refuse(reply, noneRedelivered, { kind: 'malformed-instant' })
      }
      const result = await redeliverWebhooks(needs, {
        endpointId: bareId('endpoint', request.params.endpointId),
        principal: principalOf(request),
        since,
        status: request.body.status,
      })
      if (!result.ok) return refuse(reply, noneRedelivered, result.error)
      return reply.code(202).send({ count: result.value })
    },
  )
}
