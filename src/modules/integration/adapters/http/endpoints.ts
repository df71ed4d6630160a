import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { bareId, toPublicId } from '../../../../kernel/id.ts'
import { hasRole } from '../../../../kernel/principal.ts'
import { principalOf } from '../../../../platform/http-server.ts'
import { creationKey } from '../../../../platform/idempotency.ts'
import type { Http } from '../../../../platform/module.ts'
import { only, refuse } from '../../../../platform/problems.ts'
import { nullable } from '../../../../platform/schemas.ts'
import { managed, type Endpoint } from '../../domain/endpoint.ts'
import { createWebhookEndpoint } from '../../use-cases/create-webhook-endpoint.ts'
import { deleteWebhookEndpoint } from '../../use-cases/delete-webhook-endpoint.ts'
import { rotateWebhookSecret } from '../../use-cases/rotate-webhook-secret.ts'
import { updateWebhookEndpoint } from '../../use-cases/update-webhook-endpoint.ts'
import { integrationProblems } from '../problems.ts'
import { listEndpoints } from '../queries.ts'
import {
  changing,
  endpointParams,
  endpointReply,
  eventId,
  limitDefault,
  page,
  presentEndpoint,
  reading,
  secretReply,
  tags,
  unknownEndpoint,
  webhookType,
  type RouteNeeds,
} from './route-needs.ts'

const url = Type.String({ minLength: 1, maxLength: 2_000 })
const description = Type.String({ maxLength: 200 })
const types = Type.Array(webhookType, { minItems: 1, maxItems: 20, uniqueItems: true })
const exact = { additionalProperties: false }

const notCreated = only(
  integrationProblems,
  'url-not-allowed',
  'event-not-found',
  'too-many-endpoints',
  'idempotency-key-reused',
)
const notUpdated = only(integrationProblems, 'endpoint-not-found', 'url-not-allowed')

export function endpointRoutes(http: Http, needs: RouteNeeds): void {
  createRoute(http, needs)
  readRoutes(http, needs)
  updateRoute(http, needs)
  rotateRoute(http, needs)
  deleteRoute(http, needs)
}

function createRoute(http: Http, needs: RouteNeeds): void {
  http.post(
    '/webhook-endpoints',
    {
      config: { ...changing, problems: notCreated },
      schema: {
        operationId: 'createWebhookEndpoint',
        summary: 'Have a program of yours told what happens; the secret is shown this once',
        tags,
        headers: Type.Object({
          'idempotency-key': Type.Optional(
            Type.String({ minLength: 1, maxLength: 255, pattern: '^[!-~]+$' }),
          ),
        }),
        body: Type.Object(
          {
            url,
            description: Type.Optional(description),
            types,
            eventId: Type.Optional(eventId),
          },
          {
            ...exact,
            examples: [{ url: 'https://shop.example.com/hooks', types: ['order.paid'] }],
          },
        ),
        response: { 201: secretReply },
      },
    },
    async (request, reply) => {
      const owner = principalOf(request)
      const { description = '', eventId, ...rest } = request.body
      const result = await createWebhookEndpoint(needs, {
        ...rest,
        ...creationKey(request, owner.userId),
        description,
        eventId: eventId === undefined ? null : bareId('event', eventId),
        owner,
      })
      if (!result.ok) return refuse(reply, notCreated, result.error)
      return showSecret(reply.code(201), result.value)
    },
  )
}

function readRoutes(http: Http, needs: RouteNeeds): void {
  http.get(
    '/webhook-endpoints',
    {
      config: reading,
      schema: {
        operationId: 'listWebhookEndpoints',
        summary: 'Your endpoints, newest first; everyone’s for an administrator',
        tags,
        querystring: Type.Object(page('endpoint')),
        response: {
          200: Type.Object({
            endpoints: Type.Array(endpointReply),
            nextCursor: nullable(Type.String()),
          }),
        },
      },
    },
    async (request) => {
      const { cursor, limit = limitDefault } = request.query
      const principal = principalOf(request)
      const found = await listEndpoints(needs.pool, {
        ownerId: hasRole(principal, 'admin') ? undefined : principal.userId,
        after: cursor === undefined ? undefined : bareId('endpoint', cursor),
        limit: limit + 1,
      })
      const last = found.length > limit ? found[limit - 1] : undefined
      const nextCursor = last ? toPublicId('endpoint', last.id) : null
      return { endpoints: found.slice(0, limit).map(presentEndpoint), nextCursor }
    },
  )

  http.get(
    '/webhook-endpoints/:endpointId',
    {
      config: { ...reading, problems: unknownEndpoint },
      schema: {
        operationId: 'getWebhookEndpoint',
        summary: 'An endpoint',
        tags,
        params: endpointParams,
        response: { 200: endpointReply },
      },
    },
    async (request, reply) => {
      const found = await needs.endpoints.find(bareId('endpoint', request.params.endpointId))
      const endpoint = managed(found, principalOf(request))
      if (!endpoint.ok) return refuse(reply, unknownEndpoint, endpoint.error)
      return presentEndpoint(endpoint.value)
    },
  )
}

function updateRoute(http: Http, needs: RouteNeeds): void {
  http.patch(
    '/webhook-endpoints/:endpointId',
    {
      config: { ...changing, problems: notUpdated },
      schema: {
        operationId: 'updateWebhookEndpoint',
        summary: 'Change an endpoint, disable it, or enable it again',
        tags,
        params: endpointParams,
        body: Type.Object(
          {
            url: Type.Optional(url),
            description: Type.Optional(description),
            types: Type.Optional(types),
            enabled: Type.Optional(Type.Boolean()),
          },
          exact,
        ),
        response: { 200: endpointReply },
      },
    },
    async (request, reply) => {
      const result = await updateWebhookEndpoint(needs, {
        ...commandOf(request),
        change: request.body,
      })
      if (!result.ok) return refuse(reply, notUpdated, result.error)
      return presentEndpoint(result.value)
    },
  )
}

function rotateRoute(http: Http, needs: RouteNeeds): void {
  http.post(
    '/webhook-endpoints/:endpointId/rotate-secret',
    {
      config: { ...changing, problems: unknownEndpoint },
      schema: {
        operationId: 'rotateWebhookSecret',
        summary: 'Give an endpoint a new secret; for a day the one before signs too',
        tags,
        params: endpointParams,
        response: { 200: secretReply },
      },
    },
    async (request, reply) => {
      const result = await rotateWebhookSecret(needs, commandOf(request))
      if (!result.ok) return refuse(reply, unknownEndpoint, result.error)
      return showSecret(reply, result.value)
    },
  )
}

function deleteRoute(http: Http, needs: RouteNeeds): void {
  http.delete(
    '/webhook-endpoints/:endpointId',
    {
      config: { ...changing, problems: unknownEndpoint },
      schema: {
        operationId: 'deleteWebhookEndpoint',
        summary: 'Remove an endpoint with its deliveries',
        tags,
        params: endpointParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const result = await deleteWebhookEndpoint(needs, commandOf(request))
      if (!result.ok) return refuse(reply, unknownEndpoint, result.error)
      return reply.code(204).send(null)
    },
  )
}

type OnEndpoint = Parameters<typeof principalOf>[0] & { params: { endpointId: string } }

const commandOf = (request: OnEndpoint) => ({
  endpointId: bareId('endpoint', request.params.endpointId),
  principal: principalOf(request),
})

/** An answer that holds a secret must not be kept on its way. */
const showSecret = (reply: FastifyReply, shown: { endpoint: Endpoint; secret: string }) =>
  reply
    .header('cache-control', 'no-store')
    .send({ ...presentEndpoint(shown.endpoint), secret: shown.secret })
