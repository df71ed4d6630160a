import type { Notice, WebhookEvent } from '../delivery.ts'
import { businessId, type Merchant } from '../merchant.ts'
import type { Json, Payment, Refund } from '../payment.ts'
import { channelOnInvoice, xenditChannels } from './channels.ts'
import { invoiceWebhook } from './invoice.ts'
import { paymentIdOf, paymentOnWire, paymentRequestOnWire } from './payment-request.ts'
import { sessionOnWire } from './session.ts'

export function refundOnWire(refund: Refund, payment: Payment): Json {
  const isInvoice = payment.kind === 'invoice'
  const channel = payment.money?.channel ?? ''
  return {
    id: refund.id,
    payment_id: isInvoice ? (payment.money?.paymentId ?? null) : paymentIdOf(payment.id),
    payment_request_id: isInvoice ? null : payment.id,
    invoice_id: isInvoice ? payment.id : null,
    payment_method_type: channelOnInvoice(channel)['payment_method'],
    channel_code: xenditChannels.get(channel)?.code ?? null,
    currency: payment.currency,
    amount: refund.amount,
    status: refund.status.toUpperCase(),
    reason: refund.request['reason'] ?? null,
    reference_id: refund.reference,
    failure_code: refund.status === 'failed' ? 'REFUND_FAILED' : null,
    refund_fee_amount: null,
    metadata: refund.request['metadata'] ?? null,
    created: refund.createdAt,
    updated: refund.updatedAt,
  }
}

/** What Xendit tells about a change. */
export function xenditNotices(
  before: Payment | undefined,
  after: Payment,
  merchant: Merchant,
): Notice[] {
  const notices: Notice[] = []
  const isPaid = after.money !== null && !before?.money
  const isOver = before !== undefined && before.status !== after.status
  if (after.kind === 'invoice') {
    if (isPaid) notices.push({ event: 'invoice.paid', body: invoiceWebhook(after, merchant) })
    else if (isOver) {
      notices.push({ event: 'invoice.expired', body: invoiceWebhook(after, merchant) })
    }
  } else {
    const event = eventOf(after, { isPaid, isOver })
    if (event) notices.push(inEnvelope(event, after.updatedAt, contentOf(event, after, merchant)))
  }
  for (const refund of after.refunds) {
    const earlier = before?.refunds.find(({ id }) => id === refund.id)
    if (refund.status === 'pending' || earlier?.status === refund.status) continue
    const content = refundOnWire(refund, after)
    notices.push(inEnvelope(`refund.${refund.status}`, new Date(refund.updatedAt), content))
  }
  return notices
}

function eventOf(
  { kind, status }: Payment,
  { isPaid, isOver }: { isPaid: boolean; isOver: boolean },
): WebhookEvent | undefined {
  if (kind === 'session') {
    if (isPaid) return 'payment_session.completed'
    return isOver && status === 'expired' ? 'payment_session.expired' : undefined
  }
  if (isPaid) return 'payment.capture'
  if (isOver && status === 'failed') return 'payment.failure'
  return isOver && status === 'expired' ? 'payment_request.expiry' : undefined
}

function contentOf(event: WebhookEvent, payment: Payment, merchant: Merchant): Json {
  if (payment.kind === 'session') return sessionOnWire(payment, merchant)
  return event === 'payment_request.expiry'
    ? paymentRequestOnWire(payment, merchant)
    : (paymentOnWire(payment) ?? {})
}

const inEnvelope = (event: WebhookEvent, at: Date, data: Json): Notice => ({
  event,
  body: {
    event,
    business_id: businessId,
    created: at.toISOString(),
    data,
    ...(!event.startsWith('refund.') && { api_version: 'v3' }),
  },
})
