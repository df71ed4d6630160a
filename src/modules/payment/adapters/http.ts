import { Type, type Static } from 'typebox'
import type pg from 'pg'
import { fromPublicId, toPublicId } from '../../../kernel/id.ts'
import type { Http } from '../../../platform/module.ts'
import { only, platformProblems, refuse } from '../../../platform/problems.ts'
import { nullable } from '../../../platform/schemas.ts'
import type { PaymentMethod } from '../contract.ts'
import { webhookStatuses } from '../domain/webhook.ts'
import type { PaymentPorts } from '../ports.ts'
import { decidePayment } from '../use-cases/decide-payment.ts'
import { replayWebhook } from '../use-cases/replay-webhook.ts'
import { paymentProblems } from './problems.ts'
import { findPayment, findWebhook, listPayments, listWebhooks } from './queries.ts'
import type { ListedWebhook } from './queries.ts'
import {
  instant,
  listedPayment,
  note,
  pageOf,
  paging,
  paramsOf,
  paymentStatus,
  presentPayment,
  refundStatus,
} from './schemas.ts'

const webhookStatus = Type.Enum([...webhookStatuses])

const undecided = only(
  paymentProblems,
  'payment-not-found',
  'payment-not-parked',
  'refund-not-due',
  'gateway-not-reached',
)
const notReplayed = only(paymentProblems, 'webhook-not-found', 'webhook-was-refused')

const paymentMethod = Type.Object({
  gateway: Type.String(),
  method: Type.String(),
  channel: nullable(Type.String()),
  currency: Type.String(),
  amountMin: Type.Integer(),
  amountMax: Type.Integer(),
  expirySecondsMin: Type.Integer(),
  expirySecondsMax: Type.Integer(),
  needsPhone: Type.Optional(
    Type.Literal(true, { description: 'Only for orders whose buyer has a phone number.' }),
  ),
  refundable: Type.Enum(['full', 'partial', 'none']),
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
  deciding(http, ports, { action: 'accept', summary: 'Take a wrong amount as payment in full' })
  deciding(http, ports, { action: 'refund', summary: 'Give a wrong amount back' })
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
        summary: 'The ways to pay, in the order to show them, and what each can do',
        querystring: Type.Object({
          amount: Type.Optional(
            Type.Integer({ minimum: 0, description: 'Only what can pay so much.' }),
          ),
        }),
        response: { 200: Type.Object({ methods: Type.Array(paymentMethod) }) },
      },
    },
    async ({ query: { amount } }) => ({
      methods: methods.filter(
        ({ amountMin, amountMax }) =>
          amount === undefined || (amount >= amountMin && amount <= amountMax),
      ),
    }),
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
          ...paging('payment'),
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
          ...paging('webhook'),
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
        params: paramsOf('webhookId', 'webhook'),
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

/** What becomes of a payment in another amount than asked for. The same decision again is no harm. */
function deciding(
  http: Http,
  ports: PaymentPorts & { pool: pg.Pool },
  { action, summary }: { action: 'accept' | 'refund'; summary: string },
): void {
  http.post(
    `/payments/:paymentId/${action}`,
    {
      config: { access: ['admin'], scope: 'payments:write', problems: undecided },
      schema: {
        operationId: `${action}Payment`,
        tags: ['payment'],
        summary,
        params: paramsOf('paymentId', 'payment'),
        body: Type.Object({ note }, { additionalProperties: false }),
        response: { 200: listedPayment },
      },
    },
    async (request, reply) => {
      const { principal } = request
      const id = fromPublicId('payment', request.params.paymentId)
      if (!id.ok || !principal) return refuse(reply, platformProblems, { kind: 'not-found' })
      const decided = await decidePayment(ports, id.value, {
        type: action === 'accept' ? 'accept' : 'give-back',
        by: principal.userId,
        note: request.body.note,
      })
      if (!decided.ok) return refuse(reply, undecided, decided.error)
      const payment = await findPayment(ports.pool, id.value)
      if (!payment) return refuse(reply, undecided, { kind: 'payment-not-found' })
      return presentPayment(payment)
    },
  )
}

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
