import { Type, type Static } from 'typebox'
import type { FastifyReply } from 'fastify'
import type pg from 'pg'
import { fromPublicId } from '../../../kernel/id.ts'
import type { Http } from '../../../platform/module.ts'
import { only, platformProblems, refuse } from '../../../platform/problems.ts'
import { nullable } from '../../../platform/schemas.ts'
import type { PersonInput } from '../domain/payment.ts'
import type { PaymentPorts } from '../ports.ts'
import { decidePayment } from '../use-cases/decide-payment.ts'
import { paymentProblems } from './problems.ts'
import { findPayment, listRefunds } from './queries.ts'
import {
  listedRefund,
  note,
  pageOf,
  paging,
  paramsOf,
  presentRefund,
  publicRefundStatus,
} from './schemas.ts'

type Needs = PaymentPorts & { pool: pg.Pool }

const unknownRefund = only(paymentProblems, 'refund-not-found')
const undecided = only(
  paymentProblems,
  'refund-not-found',
  'payment-not-parked',
  'refund-not-due',
  'gateway-not-reached',
)
const reading = { access: ['admin'], scope: 'payments:read' } as const
const writing = { access: ['admin'], scope: 'payments:write', problems: undecided } as const
const tags = ['payment']
const params = paramsOf('refundId', 'refund')

/** Money on its way back, and what a person does about it where the gateway cannot. */
export function refundRoutes(http: Http, ports: Needs): void {
  listing(http, ports)
  retrying(http, ports)
  payingOut(http, ports)
}

function listing(http: Http, { pool }: Needs): void {
  http.get(
    '/refunds',
    {
      config: reading,
      schema: {
        operationId: 'listRefunds',
        tags,
        summary: 'Refunds, the last changed first; what is `refund_due` waits for a person',
        querystring: Type.Object({
          status: Type.Optional(publicRefundStatus),
          ...paging('refund'),
        }),
        response: {
          200: Type.Object({
            refunds: Type.Array(listedRefund),
            nextCursor: nullable(Type.String()),
          }),
        },
      },
    },
    async (request) => {
      const page = pageOf('refund', request.query)
      const refunds = (await listRefunds(pool, page)).map(presentRefund)
      const isLast = refunds.length < page.limit
      return { refunds, nextCursor: isLast ? null : (refunds.at(-1)?.refundId ?? null) }
    },
  )

  http.get(
    '/refunds/:refundId',
    {
      config: { ...reading, problems: unknownRefund },
      schema: {
        operationId: 'getRefund',
        tags,
        summary: 'A refund',
        params,
        response: { 200: listedRefund },
      },
    },
    async (request, reply) => (await shown(pool, request.params.refundId)) ?? notFound(reply),
  )
}

function retrying(http: Http, ports: Needs): void {
  http.post(
    '/refunds/:refundId/retry',
    {
      config: writing,
      schema: {
        operationId: 'retryRefund',
        tags,
        summary: 'Ask the gateway once more for a refund that is due',
        params,
        response: { 200: listedRefund },
      },
    },
    async (request, reply) => {
      const { principal } = request
      if (!principal) return refuse(reply, platformProblems, { kind: 'unauthenticated' })
      return decide(ports, reply, request.params.refundId, {
        type: 'retry-refund',
        by: principal.userId,
      })
    },
  )
}

function payingOut(http: Http, ports: Needs): void {
  http.post(
    '/refunds/:refundId/paid-out',
    {
      config: writing,
      schema: {
        operationId: 'payOutRefund',
        tags,
        summary: 'Note that a refund that is due was paid out by hand',
        params,
        body: Type.Object(
          {
            reference: Type.String({
              minLength: 1,
              maxLength: 100,
              pattern: '\\S',
              description: 'Where the transfer can be looked up. The same one again is no harm.',
            }),
            note,
          },
          { additionalProperties: false },
        ),
        response: { 200: listedRefund },
      },
    },
    async (request, reply) => {
      const { principal, body } = request
      if (!principal) return refuse(reply, platformProblems, { kind: 'unauthenticated' })
      return decide(ports, reply, request.params.refundId, {
        type: 'paid-out',
        by: principal.userId,
        ...body,
      })
    },
  )
}

async function decide(ports: Needs, reply: FastifyReply, refundId: string, decision: PersonInput) {
  const id = fromPublicId('refund', refundId)
  if (!id.ok) return notFound(reply)
  const decided = await decidePayment(ports, id.value, decision)
  if (!decided.ok) {
    const { error } = decided
    return error.kind === 'payment-not-found' ? notFound(reply) : refuse(reply, undecided, error)
  }
  return (await shown(ports.pool, refundId)) ?? notFound(reply)
}

const notFound = (reply: FastifyReply) => refuse(reply, unknownRefund, { kind: 'refund-not-found' })

async function shown(
  pool: pg.Pool,
  refundId: string,
): Promise<Static<typeof listedRefund> | undefined> {
  const id = fromPublicId('refund', refundId)
  const payment = id.ok ? await findPayment(pool, id.value) : undefined
  return payment?.refundAt ? presentRefund(payment) : undefined
}
