import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { bareId, publicIdPattern, toPublicId } from '../../kernel/id.ts'
import { bookingProblems } from '../../modules/booking/adapters/problems.ts'
import type { OrderSnapshot } from '../../modules/booking/contract.ts'
import type { PaymentMethod, PaymentOfOrder } from '../../modules/payment/contract.ts'
import { paymentOfOrders } from '../../modules/payment/adapters/queries.ts'
import { principalOf } from '../../platform/http-server.ts'
import { creationKey } from '../../platform/idempotency.ts'
import type { Http } from '../../platform/module.ts'
import { platformProblems } from '../../platform/problems.ts'
import { streamChanges } from '../../platform/server-sent-events.ts'
import { ofBuyers, own, refusal, refuse, signedIn, type ServicesParts } from './parts.ts'

const problems = { ...platformProblems, ...bookingProblems }
const bookingId = Type.String({ pattern: publicIdPattern('order') })

/** How long the answer waits for the gateway; without it, it says how the payment stands. */
const instructionsMillisMax = 5_000

export function paymentRoutes(http: Http, parts: ServicesParts): void {
  begin(http, parts)
  tell(http, parts)
}

function begin(http: Http, parts: ServicesParts): void {
  const { pool, payments, paymentMethods, bookingApi } = parts
  const body = Type.Object({
    bookingId,
    method: Type.Enum(['va', 'ewallet', 'qris', 'invoice']),
    bank: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
  })
  http.post(
    '/payment/process',
    { config: ofBuyers, schema: { hide: true, body }, onRequest: signedIn(parts) },
    async (request, reply) => {
      const { method, bank } = request.body
      const order = await ownOrder(parts, request, reply, request.body.bookingId)
      if (!order) return reply
      const { id: paymentId } = creationKey(request, order.orderId)
      const channel = bank?.toLowerCase() ?? channelFor(method, paymentMethods())
      const choice = { method, ...(channel !== undefined && { channel }) }
      const refused = await bookingApi.payOrder(order.orderId, paymentId, choice)
      if (refused) return refuse(reply, problems, { kind: refused })

      const [now] = await paymentOfOrders(pool, [order.orderId])
      // When another attempt settled meanwhile, this one is over before it began.
      const isReady = ({ payment }: PaymentOfOrder) =>
        payment?.status === 'settled' ||
        (payment?.paymentId === paymentId && payment.status !== 'requested')
      const state =
        now && !isReady(now) ? await payments.waitFor(now, isReady, instructionsMillisMax) : now
      const payment =
        state?.payment?.paymentId === paymentId ? state.payment : notTakenUp(order, paymentId)
      return reply.code(201).send({ data: { payment: presentPayment(order, payment) } })
    },
  )
}

/** Wallets that open by a link; another may need a telephone number, which no booking has. */
const wallets = ['dana', 'gopay', 'shopeepay']

/** Who names no bank gets the first, but of wallets one that can be paid without a telephone. */
const channelFor = (method: string, offered: readonly PaymentMethod[]): string | undefined =>
  method === 'ewallet'
    ? wallets.find((wallet) => offered.some((one) => one.channel === wallet))
    : undefined

function tell(http: Http, parts: ServicesParts): void {
  const { pool, payments } = parts
  http.get(
    '/payment/status',
    {
      config: own,
      schema: { hide: true, querystring: Type.Object({ bookingId }) },
      onRequest: signedIn(parts),
    },
    async (request, reply) => {
      const order = await ownOrder(parts, request, reply, request.query.bookingId)
      if (!order) return reply
      const [now] = await paymentOfOrders(pool, [order.orderId])
      if (now && request.headers.accept?.includes('text/event-stream')) {
        return streamChanges(request, reply, (signal) =>
          presented(order, payments.changesOf(now, signal)),
        )
      }
      if (now?.payment) return reply.send({ data: { payment: presentPayment(order, now.payment) } })
      const message = 'Nobody has begun to pay this booking.'
      return reply.code(404).send(refusal('payment-not-found', message))
    },
  )
}

/** The order of the caller; anybody else is refused here. */
async function ownOrder(
  { bookingApi }: ServicesParts,
  request: FastifyRequest,
  reply: FastifyReply,
  publicId: string,
): Promise<OrderSnapshot | undefined> {
  const order = await bookingApi.findOrder(bareId('order', publicId))
  if (!order) refuse(reply, problems, { kind: 'order-not-found' })
  else if (order.buyer.userId === principalOf(request).userId) return order
  else refuse(reply, problems, { kind: 'forbidden' })
  return undefined
}

type Payment = NonNullable<PaymentOfOrder['payment']>

/** A payment that the worker has not taken up yet. */
const notTakenUp = ({ total: amount, currency }: OrderSnapshot, paymentId: string): Payment => ({
  paymentId,
  method: '',
  status: 'requested',
  refundStatus: 'none',
  amount,
  currency,
  instructions: null,
  expiresAt: null,
})

async function* presented(order: OrderSnapshot, changes: AsyncIterable<PaymentOfOrder>) {
  for await (const { payment } of changes) {
    if (payment) yield { data: { payment: presentPayment(order, payment) } }
  }
}

const statuses: Record<string, string> = {
  requested: 'PENDING',
  open: 'PENDING',
  cancelling: 'PENDING',
  settled: 'PAID',
  failed: 'FAILED',
  expired: 'EXPIRED',
  // Another amount than asked for: it buys nothing, and a person is to look at it.
  mismatch: 'FAILED',
  reversed: 'REFUNDED',
}
const refundStatuses: Record<string, string> = {
  requested: 'REFUNDING',
  done: 'REFUNDED',
  failed: 'REFUND_DUE',
}

function presentPayment(order: OrderSnapshot, payment: Payment) {
  const { instructions } = payment
  return {
    id: toPublicId('payment', payment.paymentId),
    status: refundStatuses[payment.refundStatus] ?? statuses[payment.status] ?? 'PENDING',
    amount: payment.amount,
    ...(instructions?.vaNumber != null && { vaNumber: instructions.vaNumber }),
    ...(instructions?.checkoutUrl != null && { checkoutUrl: instructions.checkoutUrl }),
    ...(instructions?.qrString != null && { qrString: instructions.qrString }),
    expiresAt: payment.expiresAt ?? order.expiresAt,
  }
}
