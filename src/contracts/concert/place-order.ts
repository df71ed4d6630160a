import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { toPublicId } from '../../kernel/id.ts'
import { bookingProblems } from '../../modules/booking/adapters/problems.ts'
import type { PaymentChoice } from '../../modules/booking/contract.ts'
import type { BookingPorts, Order } from '../../modules/booking/ports.ts'
import { placeOrder, type PlaceOrderError } from '../../modules/booking/use-cases/place-order.ts'
import { creationKey } from '../../platform/idempotency.ts'
import type { Http } from '../../platform/module.ts'
import { person } from '../../platform/person-schemas.ts'
import { comeBack } from '../failures.ts'
import type { CategoryList } from './categories.ts'
import { orderExists, own, ticketNotFound, type ConcertParts } from './parts.ts'

/** The bank whose numbers we can choose, and how many of the digits are ours. */
const promising = { gateway: 'midtrans', channel: 'bca', digits: 11 }
/** How long an order waits for a number that only the gateway knows. */
const vaMillisMax = 5_000

const schema = {
  hide: true,
  body: Type.Object({ email: person.email, category_id: Type.Integer() }),
  response: {
    201: Type.Object({
      data: Type.Object({
        id: Type.String(),
        total: Type.Integer(),
        va_code: Type.Union([Type.String(), Type.Null()]),
      }),
    }),
  },
}

export function placing(http: Http, parts: ConcertParts, categories: CategoryList): void {
  const { ports } = parts.booking
  http.post('/orders', { config: own, schema }, async (request, reply) => {
    const email = request.body.email.toLowerCase()
    const ticketTypeId = await categories.ticketTypeOf(request.body.category_id)
    if (ticketTypeId === undefined) return refuse(reply, 'ticket-type-not-found')
    const { id: orderId, requestHash = null } = creationKey(request, `concert:${email}`)
    const payment = choice(ports)
    const isPromised = parts.vaPrefix !== undefined && isPromising(payment)
    const result = await placeOrder(ports, {
      orderId,
      requestHash,
      eventId: parts.eventId,
      buyer: { userId: null, name: email, email, phone: null, locale: 'id' },
      items: [{ ticketTypeId, quantity: 1 }],
      payment,
      ...(isPromised && { vaDigits: await ports.nextVaDigits(promising.digits) }),
      holdSeconds: parts.holdSeconds,
      ordersPerBuyerMax: 1,
    })
    if (!result.ok) return refuse(reply, result.error.kind)
    const { id, total } = result.value
    const va_code = await vaNumber(parts, result.value)
    return reply.code(201).send({ data: { id: toPublicId('order', id), total, va_code } })
  })
}

const isPromising = (one: { gateway?: string; channel?: string | null }): boolean =>
  one.gateway === promising.gateway && one.channel === promising.channel

/** A virtual account at BCA by Midtrans, as the original has it, or what comes closest. */
function choice({ payment }: BookingPorts): PaymentChoice {
  const offered = payment.methods()
  const chosen =
    offered.find(isPromising) ?? offered.find(({ method }) => method === 'va') ?? offered[0]
  if (!chosen) return { method: 'va' }
  const { gateway, method, channel } = chosen
  return { gateway, method, ...(channel !== null && { channel }) }
}

/**
 * The number that the order can be paid to. Its digits are ours, so where the bank's prefix is
 * known nobody waits for the gateway, which is asked for the same number meanwhile. Should it give
 * another, the mail with the payment instructions tells the buyer.
 */
async function vaNumber({ vaPrefix, booking }: ConcertParts, order: Order) {
  const { payment } = order
  if (payment?.instructions) return payment.instructions.vaNumber
  if (vaPrefix !== undefined && payment?.vaDigits !== undefined) return vaPrefix + payment.vaDigits
  const isReady = (one: Order) => one.status !== 'pending' || one.payment?.instructions != null
  const later = await booking.watch.waitFor(order, isReady, vaMillisMax)
  return later.payment?.instructions?.vaNumber ?? null
}

function refuse(reply: FastifyReply, kind: PlaceOrderError['kind']): FastifyReply {
  switch (kind) {
    case 'order-limit-reached':
      return reply.code(409).send(orderExists)
    case 'idempotency-key-reused':
      return reply.code(409).send({ message: 'order: Idempotency-Key was used for another' })
    case 'desk-overloaded':
      return comeBack(reply).code(503).send({ message: bookingProblems[kind].title })
    default:
      // Whatever the reason, there is no ticket to be had.
      return reply.code(404).send(ticketNotFound)
  }
}
