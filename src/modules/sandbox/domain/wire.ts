import { channels, type Invoice, type Refund } from './invoice.ts'

type Json = Record<string, unknown>

const businessId = '5f0000000000000000000001'

/** Who the sandbox says it is, and where its hosted pages are. */
export type Merchant = { name: string; pagesUrl: string }

const echoed = [
  'payer_email',
  'description',
  'customer',
  'customer_notification_preference',
  'success_redirect_url',
  'failure_redirect_url',
  'payment_methods',
  'items',
  'fees',
  'metadata',
  'locale',
  'channel_properties',
]

/** An invoice as the API answers it. Xendit's own SDK fails when an `available_*` array is missing. */
export function invoiceOnWire(invoice: Invoice, merchant: Merchant): Json {
  const { id, amount, request } = invoice
  const bank = {
    bank_code: 'BCA',
    collection_type: 'POOL',
    transfer_amount: amount,
    bank_branch: 'Virtual Account',
    account_holder_name: merchant.name,
    identity_amount: 0,
  }
  return {
    ...core(invoice, merchant),
    status: invoice.status,
    expiry_date: invoice.expiresAt.toISOString(),
    invoice_url: `${merchant.pagesUrl}/${id}`,
    available_banks: [bank],
    available_retail_outlets: [],
    available_ewallets: [{ ewallet_type: 'DANA' }],
    available_qr_codes: [{ qr_code_type: 'QRIS' }],
    available_direct_debits: [],
    available_paylaters: [],
    should_exclude_credit_card: true,
    should_send_email: request['should_send_email'] === true,
    ...paymentOnWire(invoice),
  }
}

/** What the merchant is told when an invoice is paid or ends. */
function invoiceWebhook(invoice: Invoice, merchant: Merchant): Json {
  return {
    ...core(invoice, merchant),
    status: invoice.payment ? 'PAID' : invoice.status,
    is_high: false,
    ...paymentOnWire(invoice),
  }
}

function core(invoice: Invoice, merchant: Merchant): Json {
  const { request } = invoice
  return {
    id: invoice.id,
    external_id: invoice.externalId,
    user_id: businessId,
    merchant_name: merchant.name,
    merchant_profile_picture_url: '',
    amount: invoice.amount,
    currency: invoice.currency,
    created: invoice.createdAt.toISOString(),
    updated: invoice.updatedAt.toISOString(),
    ...Object.fromEntries(echoed.filter((n) => request[n] != null).map((n) => [n, request[n]])),
  }
}

function paymentOnWire({ payment }: Invoice): Json {
  if (!payment) return {}
  return {
    paid_amount: payment.amount,
    paid_at: payment.at,
    payment_id: payment.paymentId,
    ...channels[payment.channel],
  }
}

export function refundOnWire(refund: Refund, invoice: Invoice): Json {
  const channel = invoice.payment && channels[invoice.payment.channel]
  return {
    id: refund.id,
    payment_id: invoice.payment?.paymentId ?? null,
    invoice_id: invoice.id,
    payment_method_type: channel?.payment_method ?? null,
    channel_code: channel?.payment_channel ?? null,
    currency: invoice.currency,
    amount: refund.amount,
    status: refund.status,
    reason: refund.request['reason'] ?? null,
    reference_id: refund.referenceId,
    failure_code: null,
    refund_fee_amount: null,
    metadata: refund.request['metadata'] ?? null,
    created: refund.createdAt.toISOString(),
    updated: refund.updatedAt.toISOString(),
  }
}

/** The webhooks a change of an invoice causes. */
export function webhooksOf(
  before: Invoice | undefined,
  after: Invoice,
  merchant: Merchant,
): Json[] {
  const webhooks: Json[] = []
  const ended = before && before.status !== after.status && after.status !== 'PENDING'
  const paid = after.payment && !before?.payment
  if (ended || paid) webhooks.push(invoiceWebhook(after, merchant))
  for (const refund of after.refunds) {
    const earlier = before?.refunds.find(({ id }) => id === refund.id)
    if (refund.status !== 'SUCCEEDED' || earlier?.status === 'SUCCEEDED') continue
    webhooks.push({
      event: 'refund.succeeded',
      business_id: businessId,
      created: refund.updatedAt.toISOString(),
      data: refundOnWire(refund, after),
    })
  }
  return webhooks
}
