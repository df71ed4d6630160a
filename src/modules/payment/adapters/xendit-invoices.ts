import { ok } from '../../../kernel/result.ts'
import type { GatewayReport } from '../domain/payment.ts'
import type { GatewayRequest } from '../ports.ts'
import type { JsonClient } from './json-client.ts'
import { fieldsOf, instantOf, instructionsFor, textOf, type Fields, type Wire } from './wire.ts'
import { fromXenditAmount, refused, toXenditAmount, understood } from './xendit-wire.ts'

/** Xendit's invoices (`/v2/invoices`): a hosted page on which the buyer chooses how to pay. */
export function xenditInvoices(client: JsonClient): Wire {
  const get: Wire['get'] = async (gatewayId, { reference }) => {
    const path = `/v2/invoices/${encodeURIComponent(gatewayId)}`
    const answer = await client({ method: 'GET', path })
    if (answer.status === 404) return undefined
    const invoice = understood(answer.status < 300 && readXenditInvoice(answer.body), 'an invoice')
    return invoice.externalId === reference ? invoice.report : undefined
  }
  return {
    get,

    async create(request) {
      const body = toXenditInvoice(request)
      const answer = await client({ method: 'POST', path: '/v2/invoices', body })
      if (answer.status >= 300) return refused(answer)
      return ok(understood(readXenditInvoice(answer.body), 'a created invoice').report)
    },

    async search({ reference }) {
      const path = `/v2/invoices?external_id=${encodeURIComponent(reference)}`
      const answer = await client({ method: 'GET', path })
      const list = answer.status < 300 && Array.isArray(answer.body) && answer.body
      return understood(list, 'a list')
        .map((item) => understood(readXenditInvoice(item), 'an invoice'))
        .filter((invoice) => invoice.externalId === reference)
        .map((invoice) => invoice.report)
    },

    async close(gatewayId, payment) {
      const path = `/invoices/${encodeURIComponent(gatewayId)}/expire!`
      await client({ method: 'POST', path, repeatable: true })
      // What was not pending is refused with an error that Xendit does not document, so in any
      // case the invoice itself is asked how it stands.
      return get(gatewayId, payment)
    },
  }
}

function toXenditInvoice(request: GatewayRequest): Fields {
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

export const e164 = /^\+[1-9]\d{6,14}$/

type XenditInvoice = { externalId: string; report: GatewayReport }

/** Undefined for anything that is not an invoice we can act on. */
export function readXenditInvoice(value: unknown): XenditInvoice | undefined {
  const invoice = fieldsOf(value)
  const gatewayId = textOf(invoice['id'])
  const externalId = textOf(invoice['external_id'])
  const expiresAt = instantOf(invoice['expiry_date'])
  const amount = invoice['amount']
  if (!gatewayId || !externalId || typeof amount !== 'number' || !expiresAt) return undefined

  const currency = textOf(invoice['currency']) ?? 'IDR'
  const checkoutUrl = textOf(invoice['invoice_url']) ?? null
  const known = { gatewayId, expiresAt, instructions: instructionsFor('invoice', { checkoutUrl }) }
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
