import type { Fault } from './fault.ts'
import type { DeliveryStatus } from './delivery-schedule.ts'
import type { GatewayName, Json, Payment } from './payment.ts'

/** What a gateway tells of: Xendit names events, of Midtrans it is the status. */
export const webhookEvents = [
  'invoice.paid',
  'invoice.expired',
  'payment.capture',
  'payment.failure',
  'payment_request.expiry',
  'payment_session.completed',
  'payment_session.expired',
  'refund.succeeded',
  'refund.failed',
  'pending',
  'settlement',
  'deny',
  'cancel',
  'expire',
  'refund',
  'partial_refund',
] as const
export type WebhookEvent = (typeof webhookEvents)[number]

/** Something a gateway tells the merchant. */
export type Notice = { event: WebhookEvent; body: Json }

/** A notice on its way to one address. */
export type Delivery = {
  id: string
  /** A duplicate has the same; null when it is not told. */
  webhookId: string | null
  paymentId: string
  reference: string
  gateway: GatewayName
  event: string
  url: string
  body: string
  forged: boolean
  status: DeliveryStatus
  attempts: number
  createdAt: Date
  dueAt: Date
}

export function newDelivery(
  { id: paymentId, reference, gateway }: Payment,
  { event, body }: Notice,
  { id, url, at }: { id: string; url: string; at: Date },
): Delivery {
  return {
    id,
    webhookId: id,
    paymentId,
    reference,
    gateway,
    event,
    url,
    body: JSON.stringify(body),
    forged: false,
    status: 'pending',
    attempts: 0,
    createdAt: at,
    dueAt: at,
  }
}

/** What becomes of a delivery when all of these faults befall it. */
export function distort(
  delivery: Delivery,
  faults: readonly Fault[],
  newId: () => string,
): Delivery[] {
  let changed = delivery
  let copies = 1
  for (const { fault, detail } of faults) {
    if (fault === 'hold') changed = { ...changed, status: 'held' }
    if (fault === 'drop') changed = { ...changed, status: 'dropped' }
    if (fault === 'forge') changed = { ...changed, forged: true }
    if (fault === 'no-webhook-id') changed = { ...changed, webhookId: null }
    if (fault === 'duplicate') copies++
    if (fault === 'delay') {
      const dueAt = new Date(changed.dueAt.getTime() + (detail.seconds ?? 60) * 1_000)
      changed = { ...changed, dueAt }
    }
  }
  return Array.from({ length: copies }, (_, i) => (i === 0 ? changed : { ...changed, id: newId() }))
}
