import type pg from 'pg'
import { Type, type Static } from 'typebox'
import { publicIdPattern, toPublicId, type IdKind } from '../../../../kernel/id.ts'
import { only } from '../../../../platform/problems.ts'
import { nullable } from '../../../../platform/schemas.ts'
import { deliveryStatuses } from '../../domain/delivery.ts'
import type { Endpoint } from '../../domain/endpoint.ts'
import { webhookTypes } from '../../domain/payload.ts'
import type { IntegrationPorts } from '../../ports.ts'
import { integrationProblems } from '../problems.ts'
import type { ListedDelivery } from '../queries.ts'

export type RouteNeeds = IntegrationPorts & {
  pool: pg.Pool
}

export const tags = ['integration']
export const unknownEndpoint = only(integrationProblems, 'endpoint-not-found')
const whoever = ['organiser', 'admin'] as const
export const reading = { access: whoever, scope: 'webhooks:read' }
export const changing = { access: whoever, scope: 'webhooks:write' }

const id = (kind: IdKind) => Type.String({ pattern: publicIdPattern(kind), maxLength: 60 })
export const eventId = id('event')
export const endpointParams = Type.Object({ endpointId: id('endpoint') })
export const deliveryParams = Type.Object({
  endpointId: id('endpoint'),
  deliveryId: id('delivery'),
})
export const page = (kind: IdKind) => ({
  cursor: Type.Optional(id(kind)),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
})
export const limitDefault = 20

export const webhookType = Type.Enum([...webhookTypes])
export const deliveryStatus = Type.Enum([...deliveryStatuses])

export const endpointReply = Type.Object({
  id: Type.String(),
  url: Type.String(),
  description: Type.String(),
  types: Type.Array(webhookType),
  eventId: nullable(Type.String({ description: 'The one event it hears of.' })),
  allEvents: Type.Boolean({ description: 'It hears of every organiser’s events.' }),
  enabled: Type.Boolean(),
  disabledReason: nullable(Type.Enum(['by-owner', 'gone', 'failing'])),
  failingSince: nullable(Type.String()),
  formerSecretUntil: nullable(
    Type.String({ description: 'Until then the secret before the present one signs too.' }),
  ),
  createdAt: Type.String(),
})
/** The one answer in which a secret is shown. */
export const secretReply = Type.Object({ ...endpointReply.properties, secret: Type.String() })

export const presentEndpoint = (endpoint: Endpoint): Static<typeof endpointReply> => ({
  id: toPublicId('endpoint', endpoint.id),
  url: endpoint.url,
  description: endpoint.description,
  types: [...endpoint.types],
  eventId: endpoint.eventId && toPublicId('event', endpoint.eventId),
  allEvents: endpoint.allEvents,
  enabled: endpoint.disabled === null,
  disabledReason: endpoint.disabled,
  failingSince: endpoint.failingSince?.toISOString() ?? null,
  formerSecretUntil: endpoint.formerSecretUntil?.toISOString() ?? null,
  createdAt: endpoint.createdAt.toISOString(),
})

const attempt = Type.Object({
  at: Type.String(),
  status: nullable(Type.Integer({ description: 'What the endpoint answered.' })),
  error: nullable(Type.String({ description: 'Why it did not answer.' })),
  millis: Type.Integer(),
})
export const listedDelivery = Type.Object({
  id: Type.String({ description: 'Sent as `webhook-id`, the same at every attempt.' }),
  type: Type.String(),
  status: deliveryStatus,
  attempts: Type.Integer({ description: 'Since it was last put in the queue.' }),
  createdAt: Type.String(),
  nextAttemptAt: nullable(Type.String()),
  lastAttempt: nullable(attempt),
})
export const deliveryReply = Type.Object({
  ...listedDelivery.properties,
  body: Type.String(),
  history: Type.Array(attempt, { description: 'The last attempts.' }),
  response: nullable(
    Type.String({ description: 'How the last answer’s body began, 1,024 bytes at most.' }),
  ),
})

export const presentListed = (delivery: ListedDelivery): Static<typeof listedDelivery> => ({
  id: toPublicId('delivery', delivery.id),
  type: delivery.type,
  status: delivery.status,
  attempts: delivery.attempts,
  createdAt: delivery.createdAt.toISOString(),
  nextAttemptAt: delivery.status === 'pending' ? delivery.dueAt.toISOString() : null,
  lastAttempt: delivery.history.at(-1) ?? null,
})

export const presentDelivery = (delivery: ListedDelivery): Static<typeof deliveryReply> => ({
  ...presentListed(delivery),
  body: delivery.body,
  history: delivery.history,
  response: delivery.response,
})
