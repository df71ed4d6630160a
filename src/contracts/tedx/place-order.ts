import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { bareId, publicIdPattern, toPublicId } from '../../kernel/id.ts'
import { bookingProblems } from '../../modules/booking/adapters/problems.ts'
import { eventsOfTicketTypes } from '../../modules/booking/adapters/queries.ts'
import type { Order } from '../../modules/booking/ports.ts'
import { placeOrder, type PlaceOrderError } from '../../modules/booking/use-cases/place-order.ts'
import { creationKey } from '../../platform/idempotency.ts'
import { derivedId } from '../../platform/ids.ts'
import type { Http } from '../../platform/module.ts'
import { person } from '../../platform/person-schemas.ts'
import { comeBack } from '../failures.ts'
import { own, refusal, type TedxParts } from './parts.ts'

/** How long an order waits for its invoice; without one it is answered all the same. */
const invoiceMillisMax = 5_000

const orderBody = Type.Object({
  user: Type.Object({ full_name: person.name, email: person.email, no_hp: person.phone }),
  items: Type.Array(
    Type.Object({
      ticketId: Type.String({ pattern: publicIdPattern('tickettype') }),
      quantity: Type.Integer({ minimum: 1, maximum: 1_000 }),
    }),
    { minItems: 1, maxItems: 20 },
  ),
})
type OrderBody = Static<typeof orderBody>

export function placing(
  http: Http,
  parts: TedxParts,
  checkKey: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>,
): void {
  http.post(
    '/api/orders',
    { config: own, schema: { hide: true, body: orderBody }, onRequest: checkKey },
    async (request, reply) => {
      const result = await place(parts, request, request.body)
      if (typeof result === 'string') return refuse(request, reply, result)
      const hasEnded = (order: Order) => order.status !== 'pending'
      const isReady = (order: Order) => hasEnded(order) || order.payment?.instructions != null
      const order = isReady(result)
        ? result
        : await parts.booking.watch.waitFor(result, isReady, invoiceMillisMax)
      return reply.code(201).send({ data: presentOrder(order) })
    },
  )
}

type Refusal = PlaceOrderError['kind'] | 'tickets-of-several-events'

async function place(
  { pool, booking, identity, eventId: onlyEvent }: TedxParts,
  request: FastifyRequest,
  { user, items }: OrderBody,
): Promise<Order | Refusal> {
  const wanted = items.map(({ ticketId, quantity }) => ({
    ticketTypeId: bareId('tickettype', ticketId),
    quantity,
  }))
  const events = await eventsOfTicketTypes(
    pool,
    wanted.map(({ ticketTypeId }) => ticketTypeId),
  )
  const [eventId] = events
  if (eventId === undefined || (onlyEvent ?? eventId) !== eventId) return 'ticket-type-not-found'
  if (events.length > 1) return 'tickets-of-several-events'

  const email = user.email.toLowerCase()
  const person = { name: user.full_name, email, phone: user.no_hp }
  // Whoever has registered the address need not be the one who reads its mail, so the order is
  // not shown in their account.
  const userId = derivedId('buyer known by e-mail', email)
  const { id: orderId, requestHash = null } = creationKey(request, `tedx:${email}`)
  const result = await placeOrder(booking.ports, {
    orderId,
    requestHash,
    eventId,
    buyer: { ...person, userId, locale: 'id' },
    items: wanted,
    payment: invoice(booking.ports.payment.methods()),
  })
  if (!result.ok) return result.error.kind
  // Only now: of a refused order nothing is kept.
  await identity.ensureBuyer({ ...person, userId })
  return result.value
}

/** A page on which the buyer chooses how to pay, by whichever name it goes. */
function invoice(offered: readonly { method: string }[]) {
  const method = ['invoice', 'page'].find((name) => offered.some((one) => one.method === name))
  return { method: method ?? 'invoice' }
}

/** A kind that is not a conflict with what others did is the caller's mistake. */
const statuses: Partial<Record<Refusal, number>> = {
  'event-cancelled': 409,
  'event-over': 409,
  'order-limit-reached': 409,
  'ticket-limit-reached': 409,
  'sold-out': 409,
  'seat-taken': 409,
  'idempotency-key-reused': 409,
  'desk-overloaded': 503,
}

function refuse(request: FastifyRequest, reply: FastifyReply, kind: Refusal): FastifyReply {
  const status = statuses[kind] ?? 400
  if (status === 503) comeBack(reply)
  const message =
    kind === 'tickets-of-several-events'
      ? 'All tickets of an order must be for one event.'
      : bookingProblems[kind].title
  return reply.code(status).send(refusal(request, message))
}

const orderStatuses: Record<Order['status'], string> = {
  pending: 'PENDING',
  paid: 'PAID',
  expired: 'EXPIRED',
  cancelled: 'CANCELLED',
  refunding: 'CANCELLED',
  refunded: 'CANCELLED',
  refund_due: 'CANCELLED',
}

function presentOrder(order: Order) {
  return {
    order: {
      id: toPublicId('order', order.id),
      status: orderStatuses[order.status],
      total: order.total,
      items: order.items.map(({ ticketTypeId, quantity, unitPrice }) => ({
        ticketId: toPublicId('tickettype', ticketTypeId),
        quantity,
        price: unitPrice,
      })),
      expiresAt: order.expiresAt.toISOString(),
    },
    payment: presentPayment(order),
  }
}

/** Of several attempts the one that paid, else the last; null when there was nothing to pay. */
function presentPayment({ status, payment: open, formerPayments, settledPaymentId }: Order) {
  const settled = formerPayments.find(({ paymentId }) => paymentId === settledPaymentId)
  const shown = settled ?? open ?? formerPayments.at(-1)
  if (!shown) return null
  const unpaid = status === 'pending' ? 'FAILED' : 'EXPIRED'
  return {
    id: toPublicId('payment', shown.paymentId),
    status: settled ? 'PAID' : open ? 'PENDING' : unpaid,
    invoiceUrl: open?.instructions?.checkoutUrl ?? null,
    externalId: shown.paymentId,
  }
}
