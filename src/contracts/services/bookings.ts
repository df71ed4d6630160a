import { Type } from 'typebox'
import { bareId, publicIdPattern, toPublicId } from '../../kernel/id.ts'
import { bookingProblems } from '../../modules/booking/adapters/problems.ts'
import { seatLabels, type Order } from '../../modules/booking/ports.ts'
import { advanceOrder } from '../../modules/booking/use-cases/advance-order.ts'
import { placeOrder } from '../../modules/booking/use-cases/place-order.ts'
import { principalOf } from '../../platform/http-server.ts'
import { creationKey } from '../../platform/idempotency.ts'
import type { Http } from '../../platform/module.ts'
import { platformProblems } from '../../platform/problems.ts'
import { ofBuyers, refusal, refuse, signedIn, type ServicesParts } from './parts.ts'

const problems = { ...platformProblems, ...bookingProblems }

export function bookingRoutes(http: Http, parts: ServicesParts): void {
  create(http, parts)
  cancel(http, parts)
}

function create(http: Http, parts: ServicesParts): void {
  const { booking } = parts
  const body = Type.Object({
    eventId: Type.String({ pattern: publicIdPattern('event') }),
    quantity: Type.Integer(),
    seats: Type.Optional(Type.Array(Type.String({ maxLength: 20 }), { maxItems: 1_000 })),
  })
  http.post(
    '/booking/create',
    {
      config: { ...ofBuyers, buysAt: ({ body }) => (body as { eventId: string }).eventId },
      schema: { hide: true, body },
      onRequest: signedIn(parts),
    },
    async (request, reply) => {
      const { quantity, seats } = request.body
      if (quantity < 1) {
        return reply.code(422).send(refusal('invalid-quantity', 'The quantity must be at least 1.'))
      }
      const eventId = bareId('event', request.body.eventId)
      const event = await booking.offers.find(eventId)
      const [ticketType] = event?.ticketTypes ?? []
      if (!ticketType) return refuse(reply, problems, { kind: 'event-not-found' })
      const { ticketTypeId } = ticketType
      const { userId, name, email } = principalOf(request)
      const { id: orderId, requestHash = null } = creationKey(request, userId)
      const result = await placeOrder(booking, {
        orderId,
        requestHash,
        eventId,
        buyer: { userId, name, email: email.toLowerCase(), phone: null, locale: 'id' },
        items: [{ ticketTypeId, quantity, ...(seats && { seats }) }],
        payment: null,
      })
      if (!result.ok) return refuse(reply, problems, result.error)
      return reply.code(201).send({ data: { booking: presentBooking(result.value) } })
    },
  )
}

function cancel(http: Http, parts: ServicesParts): void {
  const { booking } = parts
  const body = Type.Object({ bookingId: Type.String({ pattern: publicIdPattern('order') }) })
  http.post(
    '/booking/cancel',
    { config: ofBuyers, schema: { hide: true, body }, onRequest: signedIn(parts) },
    async (request, reply) => {
      const order = await booking.orders.find(bareId('order', request.body.bookingId))
      if (!order) return refuse(reply, problems, { kind: 'order-not-found' })
      if (order.buyer.userId !== principalOf(request).userId) {
        return refuse(reply, problems, { kind: 'forbidden' })
      }
      const result = await advanceOrder(booking, order.id, { type: 'cancel', by: 'buyer' })
      if (!result.ok) return refuse(reply, problems, result.error)
      return reply.send({ data: { booking: presentBooking(result.value) } })
    },
  )
}

/** A booking whose money is on its way back is cancelled; how the money stands the payment says. */
const statuses: Record<Order['status'], string> = {
  pending: 'PENDING',
  paid: 'PAID',
  expired: 'EXPIRED',
  cancelled: 'CANCELLED',
  refunding: 'CANCELLED',
  refunded: 'CANCELLED',
  refund_due: 'CANCELLED',
}

const presentBooking = (order: Order) => ({
  id: toPublicId('order', order.id),
  status: statuses[order.status],
  eventId: toPublicId('event', order.eventId),
  quantity: order.quantity,
  seats: order.items.flatMap(seatLabels),
  total: order.total,
  expiresAt: order.expiresAt.toISOString(),
})
