import { bareId, toPublicId } from '../../../../kernel/id.ts'
import type { FastifyRequest } from 'fastify'
import { creationKey } from '../../../../platform/idempotency.ts'
import type { Http } from '../../../../platform/module.ts'
import { only, refuse } from '../../../../platform/problems.ts'
import type { Buyer } from '../../domain/order.ts'
import type { BookingPorts } from '../../ports.ts'
import { placeOrder, type PlaceOrderError } from '../../use-cases/place-order.ts'
import { awaitInstructions } from './await-instructions.ts'
import type { RouteNeeds } from './route-needs.ts'
import {
  creationHeaders,
  placedOrderReply,
  placeOrderBody,
  type PlaceOrderBody,
} from './order-schemas.ts'
import { paymentNotOffered } from './payment-not-offered.ts'
import { presentOrder } from './present-order.ts'
import { bookingProblems } from '../problems.ts'

const placeOrderSchema = {
  operationId: 'placeOrder',
  summary: 'Place an order: the tickets are held until expiresAt',
  description: 'Takes several ticket types at once, all or nothing.',
  tags: ['booking'],
  headers: creationHeaders,
  body: placeOrderBody,
  response: { 201: placedOrderReply },
}

const notPlaced = only(
  bookingProblems,
  'buyer-needed',
  'event-not-found',
  'event-cancelled',
  'event-over',
  'idempotency-key-reused',
  'ticket-type-not-found',
  'ticket-type-repeated',
  'sales-not-started',
  'sales-ended',
  'too-many-tickets',
  'order-limit-reached',
  'ticket-limit-reached',
  'sold-out',
  'no-numbered-seats',
  'seats-do-not-match-quantity',
  'seat-not-found',
  'seat-taken',
  'payment-method-unknown',
  'amount-not-payable',
  'desk-overloaded',
)

export function placeOrderRoute(
  http: Http,
  ports: BookingPorts,
  { secrets, watch }: RouteNeeds,
): void {
  http.post(
    '/orders',
    {
      schema: placeOrderSchema,
      config: {
        scope: 'orders:write',
        forBuyers: true,
        problems: notPlaced,
        buysAt: ({ body }) => (body as PlaceOrderBody).eventId,
      },
    },
    async (request, reply) => {
      const { body } = request
      const buyer = buyerOf(request, body)
      if (!buyer) return refuse(reply, notPlaced, { kind: 'buyer-needed' })
      const { id: orderId, requestHash = null } = creationKey(
        request,
        buyer.userId ?? `guest:${buyer.email}`,
      )
      const result = await placeOrder(ports, {
        orderId,
        requestHash,
        eventId: bareId('event', body.eventId),
        buyer,
        items: body.items.map(({ ticketTypeId, quantity, seats }) => ({
          ticketTypeId: bareId('tickettype', ticketTypeId),
          quantity,
          ...(seats && { seats }),
        })),
        payment: body.payment ?? null,
      })
      if (!result.ok) {
        if (result.error.kind === 'desk-overloaded') reply.header('retry-after', '1')
        return refuse(reply, notPlaced, presentError(result.error))
      }
      const order = await awaitInstructions(request, watch, result.value)
      return reply.code(201).send({ ...presentOrder(order), secret: secrets.secretOf(order.id) })
    },
  )
}

/** A refusal names ticket types as requests do. */
function presentError(error: PlaceOrderError) {
  if (error.kind === 'payment-method-unknown') return paymentNotOffered(error)
  return 'ticketTypeId' in error
    ? { ...error, ticketTypeId: toPublicId('tickettype', error.ticketTypeId) }
    : error
}

function buyerOf(
  { principal }: FastifyRequest,
  { buyer, locale = 'id' }: PlaceOrderBody,
): Buyer | undefined {
  const name = buyer?.name ?? principal?.name
  const email = (buyer?.email ?? principal?.email)?.toLowerCase()
  if (name === undefined || email === undefined) return undefined
  return { userId: principal?.userId ?? null, name, email, phone: buyer?.phone ?? null, locale }
}
