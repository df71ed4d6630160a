import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import type { Static } from 'typebox'
import { toPublicId } from '../src/kernel/id.ts'
import {
  placedOrderReply,
  placeOrderBody,
  type PlaceOrderBody,
} from '../src/modules/booking/adapters/http/order-schemas.ts'
import type { EventOffer, TicketTypeOffer } from '../src/modules/catalog/contract.ts'
import { createHttpServer } from '../src/platform/http-server.ts'
import { creationKey, idempotencyHeaders, type CreationKey } from '../src/platform/idempotency.ts'
import { newId } from '../src/platform/ids.ts'

type Reply = Static<typeof placedOrderReply>
type Item = { ticketType: TicketTypeOffer; quantity: number }
/** An order as it was asked for, with the terms that the server knows. */
export type AskedOrder = CreationKey & {
  offer: EventOffer
  items: Item[]
  buyer: NonNullable<PlaceOrderBody['buyer']>
  payment: { paymentId: string; gateway: string; method: string; channel: null } | null
}
/** The seats of each item, in the order of the items. */
type Seats = string[][]

/**
 * Serves POST /v1/orders behind the program's own HTTP server, with its schemas on the way in and
 * on the way out. Only what makes an order an order is left to `place`. The concerts on sale stand
 * in the file OFFERS, the port in PORT.
 */
export async function serveOrders(place: (order: AskedOrder) => Promise<Seats>): Promise<void> {
  const offers = new Map(
    (JSON.parse(readFileSync(process.env['OFFERS'] ?? '', 'utf8')) as EventOffer[]).map((offer) => [
      toPublicId('event', offer.eventId),
      offer,
    ]),
  )
  const server = await createHttpServer({
    logger: pino({ level: 'warn' }),
    authenticate: async () => undefined,
    version: '0',
  })
  server.get('/readyz', async () => ({}))
  server.post(
    '/v1/orders',
    {
      schema: {
        operationId: 'placeOrder',
        headers: idempotencyHeaders,
        body: placeOrderBody,
        response: { 201: placedOrderReply },
      },
    },
    async (request, reply) => {
      const order = asked(
        offers,
        request.body,
        creationKey(request, `guest:${request.body.buyer?.email}`),
      )
      const seats = await place(order)
      return reply.code(201).send(placedReply(order, seats))
    },
  )
  await server.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' })
  process.once('SIGTERM', () => process.exit())
}

function asked(
  offers: Map<string, EventOffer>,
  { eventId, items, buyer, payment }: PlaceOrderBody,
  key: CreationKey,
): AskedOrder {
  const offer = offers.get(eventId)
  if (!offer || !buyer) throw new Error('the load asks for what is not on sale')
  return {
    ...key,
    offer,
    buyer,
    payment: payment
      ? { paymentId: newId(), gateway: 'xendit', method: payment.method, channel: null }
      : null,
    items: items.map(({ ticketTypeId, quantity }) => {
      const ticketType = offer.ticketTypes.find((type) => ticketTypeId.endsWith(type.ticketTypeId))
      if (!ticketType) throw new Error('the load asks for what is not on sale')
      return { ticketType, quantity }
    }),
  }
}

export const totalOf = (items: Item[]): number =>
  items.reduce((sum, { ticketType, quantity }) => sum + ticketType.unitPrice * quantity, 0)

const holdSeconds = 900
const secret = 'a'.repeat(32)

function placedReply({ id, offer, items, buyer, payment }: AskedOrder, seats: Seats): Reply {
  const placedAt = Date.now()
  return {
    id: toPublicId('order', id),
    eventId: toPublicId('event', offer.eventId),
    status: 'pending',
    items: items.map(({ ticketType, quantity }, i) => ({
      ticketTypeId: toPublicId('tickettype', ticketType.ticketTypeId),
      name: ticketType.name,
      quantity,
      unitPrice: ticketType.unitPrice,
      seats: seats[i] ?? [],
    })),
    total: totalOf(items),
    currency: offer.currency,
    buyer: { name: buyer.name, email: buyer.email, phone: buyer.phone ?? null },
    placedAt: new Date(placedAt).toISOString(),
    expiresAt: new Date(placedAt + holdSeconds * 1000).toISOString(),
    expiresInSeconds: holdSeconds,
    payment: payment && {
      id: toPublicId('payment', payment.paymentId),
      gateway: payment.gateway,
      method: payment.method,
      channel: payment.channel,
      instructions: null,
    },
    secret,
  }
}
