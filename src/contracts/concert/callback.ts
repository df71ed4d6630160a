import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { fromPublicId } from '../../kernel/id.ts'
import { paymentOfOrders } from '../../modules/payment/adapters/queries.ts'
import type { PaymentOfOrder } from '../../modules/payment/contract.ts'
import { actAsBuyer } from '../../modules/payment/use-cases/act-as-buyer.ts'
import type { Http } from '../../platform/module.ts'
import { bytesOf, comeBack, takeBytes } from '../failures.ts'
import { orderNotFound, own, type ConcertParts } from './parts.ts'

const notification = Type.Object({
  order_id: Type.String({ maxLength: 100 }),
  status_code: Type.String({ maxLength: 10 }),
  transaction_status: Type.String({ maxLength: 40 }),
  signature_key: Type.Optional(Type.String()),
})
type Notification = Static<typeof notification>

const done = { message: 'ok' }
const forged = { message: 'payment: signature is missing or wrong' }

/**
 * Midtrans's notification. Signed, it goes the way of every webhook; bare, as the original's load
 * test sends it, it is a wish that the sandbox's buyer should act.
 */
export function callback(http: Http, parts: ConcertParts): void {
  http.register(async (scope) => {
    takeBytes(scope as Http)
    scope.post(
      '/payments/callback',
      { config: own, schema: { hide: true } },
      async (request, reply) => {
        const notice = read(request)
        if (!notice) return reply.code(400).send({ message: 'payment: malformed notification' })
        return parts.unsigned && notice.signature_key === undefined
          ? unsigned(parts, notice, reply)
          : signed(parts, request, { notice, reply })
      },
    )
  })
}

function read(request: FastifyRequest): Notification | undefined {
  try {
    const body: unknown = JSON.parse(bytesOf(request).toString())
    const isNotification = request.compileValidationSchema(notification, 'body')
    return isNotification(body) ? (body as Notification) : undefined
  } catch {
    return undefined
  }
}

async function signed(
  { payment }: ConcertParts,
  request: FastifyRequest,
  { notice, reply }: { notice: Notification; reply: FastifyReply },
): Promise<FastifyReply> {
  if (!payment.ports.gateways['midtrans']) return reply.code(401).send(forged)
  const body = bytesOf(request)
  const { headers } = request
  const accepted = await payment.acceptWebhook({ gateway: 'midtrans', body, headers })
  if (accepted.ok) {
    // Kept all the same; Midtrans, which knows payments by our ids for them, will send it again.
    const id = fromPublicId('payment', `payment-${notice.order_id}`)
    const known = id.ok && (await payment.ports.payments.find(id.value))
    return known ? reply.send(done) : reply.code(404).send(orderNotFound)
  }
  if (accepted.error.kind === 'unavailable') {
    return comeBack(reply).code(503).send({ message: 'payment: not kept, send it again' })
  }
  return reply.code(401).send(forged)
}

/** A callback may be ahead of the worker, which asks the gateway for the payment. */
const paymentMillisMax = 20_000

const acts: Record<string, 'pay' | 'expire'> = {
  settlement: 'pay',
  capture: 'pay',
  expire: 'expire',
  cancel: 'expire',
  deny: 'expire',
}

async function unsigned(
  { pool, orders, payment, unsigned: buyer }: ConcertParts,
  notice: Notification,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const orderId = fromPublicId('order', notice.order_id)
  const order = orderId.ok ? await orders.findOrder(orderId.value) : undefined
  if (!buyer || !order) return reply.code(404).send(orderNotFound)
  const act = Object.hasOwn(acts, notice.transaction_status) && acts[notice.transaction_status]
  // An order that is over was settled before, or too late.
  if (!act || order.status !== 'pending') return reply.send(done)

  const [now] = await paymentOfOrders(pool, [order.orderId])
  const isAsked = (one: PaymentOfOrder) =>
    one.payment !== null && one.payment.status !== 'requested'
  const { payment: begun } = await payment.watch.waitFor(now!, isAsked, paymentMillisMax)
  if (!begun || begun.status === 'requested') {
    const message = 'payment: not yet known at the sandbox, send it again'
    return comeBack(reply).code(503).send({ message })
  }
  await actAsBuyer(payment.ports, buyer, begun.paymentId, act)
  return reply.send(done)
}
