import { Type } from 'typebox'
import { publicIdPattern, toPublicId } from '../../../../kernel/id.ts'
import { creationKey } from '../../../../platform/idempotency.ts'
import type { Http } from '../../../../platform/module.ts'
import { only, refuse } from '../../../../platform/problems.ts'
import { content } from '../../../../platform/schemas.ts'
import { streamChanges } from '../../../../platform/server-sent-events.ts'
import type { Order } from '../../domain/order.ts'
import { paymentChoice } from '../../contract.ts'
import type { BookingPorts } from '../../ports.ts'
import { advanceOrder } from '../../use-cases/advance-order.ts'
import { payOrder, type PayOrderError } from '../../use-cases/pay-order.ts'
import { bookingProblems } from '../problems.ts'
import { awaitInstructions } from './await-instructions.ts'
import { isOrganiser, openOrder } from './order-access.ts'
import {
  creationHeaders,
  orderReply,
  paymentsReply,
  refundsReply,
  secretHeader,
} from './order-schemas.ts'
import { paymentNotOffered } from './payment-not-offered.ts'
import { presentOrder } from './present-order.ts'
import { tags, type RouteNeeds } from './route-needs.ts'

const unknownOrder = only(bookingProblems, 'order-not-found')
const reading = { scope: 'orders:read', problems: unknownOrder }
const notCancelled = only(
  bookingProblems,
  'order-not-found',
  'order-not-live',
  'order-not-refundable',
)
const notPaid = only(
  bookingProblems,
  'order-not-found',
  'order-not-payable',
  'hold-over',
  'too-many-attempts',
  'idempotency-key-reused',
  'payment-method-unknown',
  'amount-not-payable',
)

const forOrder = {
  tags,
  params: Type.Object({ orderId: Type.String({ pattern: publicIdPattern('order') }) }),
  querystring: Type.Object({
    secret: Type.Optional(
      Type.String({ maxLength: 64, description: 'Opens the order without an account.' }),
    ),
  }),
  headers: secretHeader,
}

export function orderRoutes(http: Http, ports: BookingPorts, needs: RouteNeeds): void {
  readingRoutes(http, ports, needs)
  cancelRoute(http, ports, needs)
  payingRoutes(http, ports, needs)
  refundsRoute(http, ports, needs)
}

function readingRoutes(http: Http, ports: BookingPorts, { secrets, watch }: RouteNeeds): void {
  http.get(
    '/orders/:orderId',
    {
      schema: {
        ...forOrder,
        operationId: 'getOrder',
        summary: 'An order',
        response: { 200: orderReply },
      },
      config: reading,
    },
    async (request, reply) => {
      const order = await openOrder(request, ports, secrets)
      if (!order) return refuse(reply, unknownOrder, { kind: 'order-not-found' })
      return presentOrder(order)
    },
  )

  http.get(
    '/orders/:orderId/live',
    {
      schema: {
        ...forOrder,
        operationId: 'followOrder',
        summary: 'An order, and every change of it, as server-sent events',
        response: {
          200: content(
            'text/event-stream',
            'The `data` of each event is the order, as getOrder has it.',
          ),
        },
      },
      config: reading,
    },
    async (request, reply) => {
      const order = await openOrder(request, ports, secrets)
      if (!order) return refuse(reply, unknownOrder, { kind: 'order-not-found' })
      return streamChanges(request, reply, (signal) => presented(watch.changesOf(order, signal)))
    },
  )
}

function cancelRoute(http: Http, ports: BookingPorts, { secrets }: RouteNeeds): void {
  http.post(
    '/orders/:orderId/cancel',
    {
      schema: {
        ...forOrder,
        operationId: 'cancelOrder',
        summary: 'Cancel an order; a paid one is given back where the event allows it',
        response: { 200: orderReply },
      },
      config: { scope: 'orders:write', forBuyers: true, problems: notCancelled },
    },
    async (request, reply) => {
      const order = await openOrder(request, ports, secrets)
      if (!order) return refuse(reply, unknownOrder, { kind: 'order-not-found' })
      const by = (await isOrganiser(request, ports, order.eventId)) ? 'organiser' : 'buyer'
      const result = await advanceOrder(ports, order.id, { type: 'cancel', by })
      return result.ok ? presentOrder(result.value) : refuse(reply, notCancelled, result.error)
    },
  )
}

const presentError = (error: PayOrderError) =>
  error.kind === 'payment-method-unknown' ? paymentNotOffered(error) : error

function payingRoutes(http: Http, ports: BookingPorts, { secrets, watch }: RouteNeeds): void {
  http.post(
    '/orders/:orderId/payments',
    {
      schema: {
        ...forOrder,
        headers: Type.Object({ ...secretHeader.properties, ...creationHeaders.properties }),
        operationId: 'payOrder',
        summary: 'Begin to pay an order, or pay it another way',
        body: paymentChoice,
        response: { 201: orderReply },
      },
      config: { scope: 'orders:write', forBuyers: true, problems: notPaid },
    },
    async (request, reply) => {
      const order = await openOrder(request, ports, secrets)
      if (!order) return refuse(reply, unknownOrder, { kind: 'order-not-found' })
      const { id: paymentId } = creationKey(request, order.id)
      const result = await payOrder(ports, {
        orderId: order.id,
        paymentId,
        choice: request.body,
      })
      if (!result.ok) return refuse(reply, notPaid, presentError(result.error))
      const current = await awaitInstructions(request, watch, result.value)
      return reply.code(201).send(presentOrder(current))
    },
  )

  http.get(
    '/orders/:orderId/payments',
    {
      schema: {
        ...forOrder,
        operationId: 'listPaymentsOfOrder',
        summary: 'Every attempt to pay an order',
        response: { 200: paymentsReply },
      },
      config: reading,
    },
    async (request, reply) => {
      const order = await openOrder(request, ports, secrets)
      if (!order) return refuse(reply, unknownOrder, { kind: 'order-not-found' })
      const payments = await ports.payment.paymentsOf(order.id)
      return {
        payments: payments.map(({ paymentId, method, status, amount, currency, createdAt }) => ({
          id: toPublicId('payment', paymentId),
          method,
          status,
          amount,
          currency,
          createdAt,
        })),
      }
    },
  )
}

function refundsRoute(http: Http, ports: BookingPorts, { secrets }: RouteNeeds): void {
  http.get(
    '/orders/:orderId/refunds',
    {
      schema: {
        ...forOrder,
        operationId: 'listRefundsOfOrder',
        summary: 'What of an order’s money was or is given back',
        response: { 200: refundsReply },
      },
      config: reading,
    },
    async (request, reply) => {
      const order = await openOrder(request, ports, secrets)
      if (!order) return refuse(reply, unknownOrder, { kind: 'order-not-found' })
      const refunds = await ports.payment.refundsOf(order.id)
      return {
        refunds: refunds.map(({ refundId, paymentId, status, amount, currency, at }) => ({
          id: toPublicId('refund', refundId),
          paymentId: toPublicId('payment', paymentId),
          status,
          amount,
          currency,
          at,
        })),
      }
    },
  )
}

async function* presented(orders: AsyncIterable<Order>) {
  for await (const order of orders) yield presentOrder(order)
}
