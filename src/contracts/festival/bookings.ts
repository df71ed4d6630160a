import type { FastifyReply, FastifyRequest } from 'fastify'
import { fromPublicId, toPublicId } from '../../kernel/id.ts'
import { principalOf } from '../../platform/http-server.ts'
import { creationKey } from '../../platform/idempotency.ts'
import type { Http } from '../../platform/module.ts'
import { advanceOrder } from '../../modules/booking/use-cases/advance-order.ts'
import { placeOrder, type PlaceOrderError } from '../../modules/booking/use-cases/place-order.ts'
import { confirmPayment } from '../../modules/payment/use-cases/confirm-payment.ts'
import { bookingReader, type BookingReader } from './booking-reader.ts'
import { count, isoDate, readFields, text } from './fields.ts'
import type { FestivalNeeds } from './needs.ts'
import { findFestival } from './festivals.ts'
import { fail, ofFestival, refuseOtherMethods, succeed, unavailable } from './replies.ts'
import { signedIn } from './signed-in.ts'

const wanted = { festivalId: text(), quantity: count, bookingDate: isoDate }
const invalid = 'festival tidak valid'
const tooFew = 'tiket tidak mencukupi'
const notYours = 'anda tidak berhak mengakses resource ini'
const over = 'booking sudah kedaluwarsa'

export function bookingRoutes(http: Http, needs: FestivalNeeds): void {
  const reader = bookingReader(needs)
  const signed = { ...ofFestival, onRequest: signedIn(needs.identity.api) }
  const buying = { ...signed, config: { ...signed.config, buysAt: festivalIn } }
  http.post('/bookings', buying, (request, reply) => place(needs, request, reply))
  refuseOtherMethods(http, '/bookings', ['POST'])

  // Opening the link confirms, so asking only for its headers must not.
  http.get<{ Params: { code: string } }>(
    '/bookings/confirms/:code',
    { ...signed, exposeHeadRoute: false },
    (request, reply) => confirm(needs, reader, request, reply),
  )
  refuseOtherMethods(http, '/bookings/confirms/:code', ['GET'])
  oneBooking(http, needs, reader)
}

const festivalIn = ({ body }: FastifyRequest): string => String(Object(body).festivalId)

async function place(needs: FestivalNeeds, request: FastifyRequest, reply: FastifyReply) {
  const body = readFields(wanted, request.body)
  if (!body.ok) return fail(reply, 400, body.error)
  const { festivalId, quantity, bookingDate } = body.value
  const festival = await findFestival(needs.catalog.ports, festivalId)
  const ticketTypeId = festival?.ticketTypes[0]?.id
  if (!festival || ticketTypeId === undefined) return fail(reply, 400, invalid)

  const { userId, name, email } = principalOf(request)
  const locale = /^en\b/i.test(request.headers['accept-language'] ?? '') ? 'en' : 'id'
  const { id: orderId, requestHash = null } = creationKey(request, userId)
  const placed = await placeOrder(needs.booking.ports, {
    orderId,
    requestHash,
    eventId: festival.id,
    buyer: { userId, name, email: email.toLowerCase(), phone: null, locale },
    items: [{ ticketTypeId, quantity }],
    payment: 'confirmation',
    holdSeconds: needs.holdSeconds,
    visitDate: bookingDate,
  })
  if (!placed.ok) return refusePlacing(reply, placed.error)
  const bookingId = toPublicId('booking', placed.value.id)
  return succeed(reply.code(201), 'konfirmasi booking akan dikirimkan melalui email', { bookingId })
}

/** The contract knows two reasons: this festival is not to be had, or not so much of it. */
const refusals: Record<Exclude<PlaceOrderError['kind'], 'desk-overloaded'>, [number, string]> = {
  'event-not-found': [400, invalid],
  'event-cancelled': [400, invalid],
  'event-over': [400, invalid],
  'ticket-type-not-found': [400, invalid],
  'ticket-type-repeated': [400, invalid],
  'sales-not-started': [400, invalid],
  'sales-ended': [400, invalid],
  'payment-method-unknown': [400, invalid],
  'amount-not-payable': [400, invalid],
  'no-numbered-seats': [400, invalid],
  'too-many-tickets': [400, tooFew],
  'order-limit-reached': [400, tooFew],
  'ticket-limit-reached': [400, tooFew],
  'sold-out': [400, tooFew],
  'seats-do-not-match-quantity': [400, tooFew],
  'seat-not-found': [400, tooFew],
  'seat-taken': [400, tooFew],
  'idempotency-key-reused': [422, 'idempotency key sudah digunakan'],
}

function refusePlacing(reply: FastifyReply, { kind }: PlaceOrderError): FastifyReply {
  return kind === 'desk-overloaded' ? unavailable(reply, 1) : fail(reply, ...refusals[kind])
}

type ByCode = FastifyRequest<{ Params: { code: string } }>

async function confirm(
  { booking, payment }: FestivalNeeds,
  reader: BookingReader,
  request: ByCode,
  reply: FastifyReply,
) {
  const found = await payment.ports.confirmations.findByCode(request.params.code)
  const order = found && (await reader.ownOrder(found.orderId, principalOf(request)))
  if (!found || !order) return fail(reply, 403, notYours)
  const { paymentId } = found
  if (order.status === 'pending') {
    const confirmed = await confirmPayment(payment.ports, paymentId)
    if (!confirmed.ok) return fail(reply, 400, over)
    // Payment reports the same by a message; the answer must already say so.
    await advanceOrder(booking.ports, order.id, { type: 'payment.settled', paymentId })
  }
  const shown = await reader.readAnew(order.id)
  if (shown?.status !== 1) return fail(reply, 400, over)
  return succeed(reply, 'booking berhasil dikonfirmasi', { booking: shown })
}

type ById = { Params: { id: string } }

function oneBooking(http: Http, { booking, identity }: FestivalNeeds, reader: BookingReader): void {
  const signed = { ...ofFestival, onRequest: signedIn(identity.api) }
  const ownOrder = (request: FastifyRequest<ById>) => {
    const id = fromPublicId('booking', request.params.id)
    return id.ok ? reader.ownOrder(id.value, principalOf(request)) : undefined
  }

  http.get<ById>('/bookings/:id', signed, async (request, reply) => {
    const id = fromPublicId('booking', request.params.id)
    const read = id.ok ? await reader.read(id.value) : undefined
    if (read?.booking.user_id !== toPublicId('user', principalOf(request).userId)) {
      return fail(reply, 403, notYours)
    }
    reply.header('x-data-source', read.source)
    return succeed(reply, 'booking berhasil ditemukan', { booking: read.booking })
  })

  http.delete<ById>('/bookings/:id', signed, async (request, reply) => {
    const order = await ownOrder(request)
    if (!order) return fail(reply, 403, notYours)
    const cancelled = await advanceOrder(booking.ports, order.id, { type: 'cancel', by: 'buyer' })
    // What is deleted, or has run out, already is what its buyer wants it to be.
    if (!cancelled.ok && cancelled.error.kind !== 'order-not-live') {
      return fail(reply, 400, 'booking tidak dapat dihapus')
    }
    return succeed(reply, 'booking berhasil dihapus')
  })
  refuseOtherMethods(http, '/bookings/:id', ['GET', 'DELETE'])
}
