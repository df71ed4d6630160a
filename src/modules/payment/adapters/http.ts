import { Type, type Static } from 'typebox'
import { nullable } from '../../../platform/schemas.ts'
import type pg from 'pg'
import { fromPublicId, publicIdPattern, toPublicId, type IdKind } from '../../../kernel/id.ts'
import type { Http } from '../../../platform/module.ts'
import { only, platformProblems, refuse } from '../../../platform/problems.ts'
import type { PaymentMethod } from '../contract.ts'
import { paymentStatuses, refundStatuses } from '../domain/payment.ts'
import { webhookStatuses } from '../domain/webhook.ts'
import type { PaymentPorts } from '../ports.ts'
import { replayWebhook } from '../use-cases/replay-webhook.ts'
import { paymentProblems } from './problems.ts'
import { findWebhook, listPayments, listWebhooks } from './queries.ts'
import type { ListedPayment, ListedWebhook } from './queries.ts'

const cursor = (kind: IdKind) =>
  Type.Optional(Type.String({ pattern: publicIdPattern(kind), maxLength: 60 }))
const limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 }))
const limitDefault = 20
const paymentStatus = Type.Enum([...paymentStatuses])
const refundStatus = Type.Enum([...refundStatuses])
const webhookStatus = Type.Enum([...webhookStatuses])

const notReplayed = only(paymentProblems, 'webhook-not-found', 'webhook-was-refused')

const paymentMethod = Type.Object({
  gateway: Type.String(),
  method: Type.String(),
  channel: nullable(Type.String()),
})

const listedPayment = Type.Object({
  paymentId: Type.String(),
  orderId: Type.String(),
  status: paymentStatus,
  gateway: nullable(Type.String()),
  gatewayId: nullable(Type.String()),
  method: nullable(Type.String()),
  amount: nullable(Type.Integer()),
  currency: nullable(Type.String()),
  paid: nullable(Type.Object({ amount: Type.Number(), currency: Type.String() })),
  refund: Type.Object({
    status: refundStatus,
    amount: Type.Optional(Type.Integer()),
    reason: Type.Optional(Type.String()),
  }),
  expiresAt: nullable(Type.String()),
  createdAt: Type.String(),
  history: Type.Array(Type.Object({ at: Type.String(), what: Type.String() })),
})

const listedWebhook = Type.Object({
  webhookId: Type.String(),
  gateway: Type.String(),
  status: webhookStatus,
  attempts: Type.Integer(),
  receivedAt: Type.String(),
  retryAt: nullable(Type.String()),
  processedAt: nullable(Type.String()),
  error: nullable(Type.String()),
  headers: Type.Record(Type.String(), Type.Unknown()),
  body: Type.String(),
})

export function paymentRoutes(
  http: Http,
  ports: PaymentPorts & { pool: pg.Pool },
  methods: readonly PaymentMethod[],
): void {
  listingMethods(http, methods)
  listingPayments(http, ports.pool)
  listingWebhooks(http, ports.pool)
  replaying(http, ports)
}

function listingMethods(http: Http, methods: readonly PaymentMethod[]): void {
  http.get(
    '/payment-methods',
    {
      schema: {
        operationId: 'listPaymentMethods',
        tags: ['payment'],
        summary: 'The ways to pay, in the order to show them',
        response: { 200: Type.Object({ methods: Type.Array(paymentMethod) }) },
      },
    },
    async () => ({ methods: [...methods] }),
  )
}

function listingPayments(http: Http, pool: pg.Pool): void {
  http.get(
    '/payments',
    {
      config: { access: ['admin'], scope: 'payments:read' },
      schema: {
        operationId: 'listPayments',
        tags: ['payment'],
        summary: 'Payments, newest first; a `mismatch` and a failed refund wait for a person',
        querystring: Type.Object({
          status: Type.Optional(paymentStatus),
          refund: Type.Optional(refundStatus),
          limit,
          cursor: cursor('payment'),
        }),
        response: {
          200: Type.Object({
            payments: Type.Array(listedPayment),
            nextCursor: nullable(Type.String()),
          }),
        },
      },
    },
    async (request) => {
      const page = { ...pageOf('payment', request.query), refund: request.query.refund }
      const payments = (await listPayments(pool, page)).map(presentPayment)
      const isLast = payments.length < page.limit
      return { payments, nextCursor: isLast ? null : (payments.at(-1)?.paymentId ?? null) }
    },
  )
}

function listingWebhooks(http: Http, pool: pg.Pool): void {
  http.get(
    '/webhooks',
    {
      config: { access: ['admin'], scope: 'payments:read' },
      schema: {
        operationId: 'listWebhooks',
        tags: ['payment'],
        summary: 'What gateways sent, newest first, and what became of it',
        querystring: Type.Object({
          status: Type.Optional(webhookStatus),
          limit,
          cursor: cursor('webhook'),
        }),
        response: {
          200: Type.Object({
            webhooks: Type.Array(listedWebhook),
            nextCursor: nullable(Type.String()),
          }),
        },
      },
    },
    async (request) => {
      const page = pageOf('webhook', request.query)
      const webhooks = (await listWebhooks(pool, page)).map(presentWebhook)
      const isLast = webhooks.length < page.limit
      return { webhooks, nextCursor: isLast ? null : (webhooks.at(-1)?.webhookId ?? null) }
    },
  )
}

function replaying(http: Http, ports: PaymentPorts & { pool: pg.Pool }): void {
  http.post(
    '/webhooks/:webhookId/replay',
    {
      config: { access: ['admin'], scope: 'payments:write', problems: notReplayed },
      schema: {
        operationId: 'replayWebhook',
        tags: ['payment'],
        summary: 'Process a webhook again, as if it had just come',
        params: Type.Object({
          webhookId: Type.String({ pattern: publicIdPattern('webhook'), maxLength: 60 }),
        }),
        response: { 200: listedWebhook },
      },
    },
    async (request, reply) => {
      const id = fromPublicId('webhook', request.params.webhookId)
      if (!id.ok) return refuse(reply, platformProblems, { kind: 'not-found' })
      const replayed = await replayWebhook(ports, id.value)
      if (!replayed.ok) return refuse(reply, notReplayed, replayed.error)
      const webhook = await findWebhook(ports.pool, id.value)
      if (!webhook) return refuse(reply, notReplayed, { kind: 'webhook-not-found' })
      return presentWebhook(webhook)
    },
  )
}

type PageQuery<Status> = { status?: Status; limit?: number; cursor?: string }

function pageOf<Status>(kind: IdKind, { status, limit, cursor }: PageQuery<Status>) {
  const after = cursor === undefined ? undefined : fromPublicId(kind, cursor)
  return { status, limit: limit ?? limitDefault, after: after?.ok ? after.value : undefined }
}

const instant = (at: Date | null): string | null => at?.toISOString() ?? null

const presentPayment = (payment: ListedPayment): Static<typeof listedPayment> => ({
  paymentId: toPublicId('payment', payment.id),
  orderId: toPublicId('order', payment.orderId),
  status: payment.status,
  gateway: payment.gateway,
  gatewayId: payment.gatewayId,
  method: payment.method,
  amount: payment.amount,
  currency: payment.currency,
  paid: payment.paid,
  refund: payment.refund,
  expiresAt: instant(payment.expiresAt),
  createdAt: payment.createdAt.toISOString(),
  history: payment.history,
})

const presentWebhook = (webhook: ListedWebhook): Static<typeof listedWebhook> => ({
  webhookId: toPublicId('webhook', webhook.id),
  gateway: webhook.gateway,
  status: webhook.status,
  attempts: webhook.attempts,
  receivedAt: webhook.receivedAt.toISOString(),
  retryAt: instant(webhook.retryAt),
  processedAt: instant(webhook.processedAt),
  error: webhook.error,
  headers: webhook.headers,
  body: webhook.body.toString('utf8'),
})
