import { hash } from 'node:crypto'
import { decimalsOf } from '../../../kernel/money.ts'
import type { GatewayReport, RefundReport } from '../domain/payment.ts'
import type { GatewayNotice, GatewayRequest, WebhookHeaders } from '../ports.ts'

/**
 * The wire of Xendit's invoices and refunds. Reading is tolerant: fields and values we do not know
 * are passed over, and only what a decision needs must be there.
 */
type XenditInvoice = { externalId: string; report: GatewayReport }

type Fields = Record<string, unknown>
export const fieldsOf = (value: unknown): Fields =>
  value !== null && typeof value === 'object' ? (value as Fields) : {}
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** Xendit writes an amount in the currency's main unit, with decimals where it has any. */
export const toXenditAmount = (amount: number, currency: string): number =>
  amount / 10 ** decimalsOf(currency)

/** Not rounded to a whole amount, so that a fraction too little is seen as a difference. */
function fromXenditAmount(amount: number, currency: string): number {
  const scaled = amount * 10 ** decimalsOf(currency)
  return Math.round(scaled * 1_000) / 1_000
}

export function toXenditInvoice(request: GatewayRequest): Fields {
  const { buyer, currency } = request
  const amount = (value: number) => toXenditAmount(value, currency)
  return {
    external_id: request.paymentId,
    amount: amount(request.amount),
    currency,
    description: request.description,
    // A number of seconds; a string is refused.
    invoice_duration: request.holdSeconds,
    payer_email: buyer.email,
    // We tell the buyer ourselves, and only about the invoice we keep.
    should_send_email: false,
    customer: {
      given_names: buyer.name,
      email: buyer.email,
      ...(buyer.phone && e164.test(buyer.phone) ? { mobile_number: buyer.phone } : {}),
    },
    locale: buyer.locale,
    success_redirect_url: request.returnUrl,
    failure_redirect_url: request.returnUrl,
    items: request.items.map(({ name, quantity, unitPrice }) => ({
      name,
      quantity,
      price: amount(unitPrice),
    })),
    metadata: { order_id: request.orderId },
  }
}

const e164 = /^\+[1-9]\d{6,14}$/

/** Undefined for anything that is not an invoice we can act on. */
export function readXenditInvoice(value: unknown): XenditInvoice | undefined {
  const invoice = fieldsOf(value)
  const gatewayId = textOf(invoice['id'])
  const externalId = textOf(invoice['external_id'])
  const expiresAt = new Date(textOf(invoice['expiry_date']) ?? NaN)
  const amount = invoice['amount']
  if (!gatewayId || !externalId || typeof amount !== 'number' || isNaN(+expiresAt)) return undefined

  const currency = textOf(invoice['currency']) ?? 'IDR'
  const known = { gatewayId, expiresAt, instructions: instructions(invoice) }
  const paidAmount = invoice['paid_amount'] ?? amount
  if (isPaid(invoice) && typeof paidAmount === 'number') {
    const paid = { amount: fromXenditAmount(paidAmount, currency), currency }
    return { externalId, report: { ...known, status: 'paid', paid } }
  }
  if (invoice['status'] === 'EXPIRED')
    return { externalId, report: { ...known, status: 'expired' } }
  if (invoice['status'] === 'PENDING') return { externalId, report: { ...known, status: 'open' } }
  return undefined
}

/**
 * PAID and SETTLED are both paid: the second says only that the money reached the balance. An
 * invoice paid after its end stays EXPIRED and tells when it was paid.
 */
const isPaid = (invoice: Fields): boolean =>
  invoice['status'] === 'PAID' ||
  invoice['status'] === 'SETTLED' ||
  Boolean(textOf(invoice['paid_at']))

const instructions = (invoice: Fields) => ({
  method: 'invoice',
  checkoutUrl: textOf(invoice['invoice_url']) ?? null,
  vaNumber: null,
  channel: null,
  qrString: null,
})

type XenditRefund = { referenceId: string | undefined; report: RefundReport }

export function readXenditRefund(value: unknown): XenditRefund | undefined {
  const refund = fieldsOf(value)
  const referenceId = textOf(refund['reference_id'])
  switch (refund['status']) {
    case 'SUCCEEDED':
      return { referenceId, report: { status: 'done' } }
    case 'PENDING':
      return { referenceId, report: { status: 'pending' } }
    case 'FAILED':
    case 'CANCELLED': {
      const reason = textOf(refund['failure_code']) ?? String(refund['status'])
      return { referenceId, report: { status: 'failed', reason } }
    }
    default:
      return undefined
  }
}

/** The gateway's own code, which is safe to keep and to show. */
export function reasonOf(status: number, body: unknown): string {
  const code = textOf(fieldsOf(body)['error_code'])
  return code && /^\w{1,80}$/.test(code) ? code : `HTTP_${status}`
}

/**
 * `webhook-id` names a webhook when it is there; Xendit does not promise it for invoices. Refunds
 * come in an envelope, sometimes in two.
 */
export function readXenditWebhook(body: string, headers: WebhookHeaders): GatewayNotice {
  const received = fieldsOf(parsed(body))
  const webhookId = headers['webhook-id']
  const keyOf = (...parts: unknown[]) =>
    hash('sha256', JSON.stringify(typeof webhookId === 'string' ? ['id', webhookId] : parts))

  if (textOf(received['event'])?.startsWith('refund.')) {
    const outer = fieldsOf(received['data'])
    const refund = 'data' in outer ? fieldsOf(outer['data']) : outer
    const paymentId = textOf(refund['reference_id'])
    const key = keyOf('refund', refund['id'], refund['status'])
    return paymentId ? { key, about: 'refund', paymentId } : { key, about: 'malformed' }
  }
  const gatewayId = textOf(received['id'])
  const paymentId = textOf(received['external_id'])
  const status = textOf(received['status'])
  if (gatewayId && paymentId && status) {
    const claimsPaid = status === 'PAID' || status === 'SETTLED'
    const key = keyOf('invoice', gatewayId, status, received['payment_id'])
    return { key, about: 'payment', paymentId, gatewayId, claimsPaid }
  }
  const key = keyOf('other', body)
  return { key, about: textOf(received['event']) ? 'nothing-of-ours' : 'malformed' }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
