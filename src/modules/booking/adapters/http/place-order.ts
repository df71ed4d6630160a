import { toPublicId } from '../../../../kernel/id.ts'
import type { FastifyRequest } from 'fastify'
import { creationKey } from '../../../../platform/idempotency.ts'
import type { Http } from '../../../../platform/module.ts'
import { refuse } from '../../../../platform/problems.ts'
import type { Buyer } from '../../domain/order.ts'
import type { BookingPorts } from '../../ports.ts'
import { placeOrder, type PlaceOrderError } from '../../use-cases/place-order.ts'
import { awaitInstructions } from './await-instructions.ts'
import { bareId, type RouteNeeds } from './route-needs.ts'
import {
  idempotencyHeaders,
  placedOrderReply,
  placeOrderBody,
  type PlaceOrderBody,
} from './order-schemas.ts'
import { presentOrder } from './present-order.ts'
import { bookingProblems } from '../problems.ts'

const placeOrderSchema = {
  operationId: 'placeOrder',
  summary: 'Place an order: the tickets are held until expiresAt',
  description:
    'Takes several ticket types at once, all or nothing. With `Prefer: wait=5` the answer waits so many seconds for the payment instructions.',
  tags: ['booking'],
  headers: idempotencyHeaders,
  body: placeOrderBody,
  response: { 201: placedOrderReply },
}

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
        buysAt: ({ body }) => (body as PlaceOrderBody).eventId,
      },
    },
    async (request, reply) => {
      const { body } = request
      const buyer = buyerOf(request, body)
      if (!buyer) return refuse(reply, bookingProblems, { kind: 'buyer-needed' })
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
        return refuse(reply, bookingProblems, withPublicIds(result.error))
      }
      const order = await awaitInstructions(request, watch, result.value)
      return reply.code(201).send({ ...presentOrder(order), secret: secrets.secretOf(order.id) })
    },
  )
}

/** A refusal names ticket types as requests do. */
const withPublicIds = (error: PlaceOrderError): PlaceOrderError =>
  'ticketTypeId' in error
    ? { ...error, ticketTypeId: toPublicId('tickettype', error.ticketTypeId) }
    : error

function buyerOf(
  { principal }: FastifyRequest,
  { buyer, locale = 'id' }: PlaceOrderBody,
): Buyer | undefined {
  const name = buyer?.name ?? principal?.name
  const email = (buyer?.email ?? principal?.email)?.toLowerCase()
  if (name === undefined || email === undefined) return undefined
  return { userId: principal?.userId ?? null, name, email, phone: buyer?.phone ?? null, locale }
}
