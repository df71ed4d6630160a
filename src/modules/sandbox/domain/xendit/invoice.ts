import { err, ok, type Result } from '../../../../kernel/result.ts'
import { echo, fieldsOf, isAmount, isText } from '../fields.ts'
import { businessId, type Merchant } from '../merchant.ts'
import { newPayment, type Json, type Payment } from '../payment.ts'
import { channelOnInvoice, vaNumber, xenditChannels } from './channels.ts'

const currencies = ['IDR', 'USD', 'THB', 'VND', 'PHP', 'MYR']
const secondsDefault = 24 * 60 * 60
const secondsMax = 365 * 24 * 60 * 60

export type InvalidRequest = { kind: 'API_VALIDATION_ERROR'; errors: string[] }

/** A new invoice from what a merchant sent, or all that is wrong with it. */
export function createInvoice(
  body: unknown,
  { id, number }: { id: string; number: string },
  at: Date,
): Result<Payment, InvalidRequest> {
  const request = fieldsOf(body)
  const { external_id: reference, amount, currency = 'IDR' } = request
  const seconds = request['invoice_duration'] ?? secondsDefault
  const errors = [
    ...(isText(reference, 255) ? [] : ['"external_id" is required']),
    ...(isAmount(amount) ? [] : ['"amount" must be a positive number']),
    ...(isText(currency, 3) && currencies.includes(currency)
      ? []
      : ['"currency" is not supported']),
    ...(isSeconds(seconds) ? [] : ['"invoice_duration" must be an integer number of seconds']),
    ...(isItems(request['items']) ? [] : ['"items" must have name, price and quantity']),
  ]
  if (
    errors.length > 0 ||
    !isText(reference, 255) ||
    !isAmount(amount) ||
    !isText(currency, 3) ||
    !isSeconds(seconds)
  ) {
    return err({ kind: 'API_VALIDATION_ERROR', errors })
  }
  const made = {
    id,
    gateway: 'xendit' as const,
    kind: 'invoice' as const,
    reference,
    // Xendit cuts off what is below a rupiah.
    amount: currency === 'IDR' ? Math.trunc(amount) : amount,
    currency,
    channel: null,
    number,
    request,
    expiresAt: new Date(at.getTime() + seconds * 1_000),
  }
  return ok(newPayment(made, at))
}

const isSeconds = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= secondsMax

function isItems(value: unknown): boolean {
  if (value === undefined) return true
  return (
    Array.isArray(value) &&
    value.every((item) => {
      const { name, price, quantity } = fieldsOf(item)
      return typeof name === 'string' && typeof price === 'number' && typeof quantity === 'number'
    })
  )
}

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
export function invoiceOnWire(invoice: Payment, merchant: Merchant): Json {
  const { id, request } = invoice
  const channels = [...xenditChannels]
  const of = (kind: string) => channels.filter(([, one]) => one.kind === kind).map(([name]) => name)
  return {
    ...core(invoice, merchant),
    status: statuses[invoice.status],
    expiry_date: invoice.expiresAt.toISOString(),
    invoice_url: `${merchant.sandboxUrl}/xendit/web/${id}`,
    available_banks: of('va').map((bank) => bankOnWire(bank, invoice, merchant)),
    available_retail_outlets: [],
    available_ewallets: of('ewallet').map((ewallet_type) => ({ ewallet_type })),
    available_qr_codes: [{ qr_code_type: 'QRIS' }],
    available_direct_debits: [],
    available_paylaters: [],
    should_exclude_credit_card: true,
    should_send_email: request['should_send_email'] === true,
    ...moneyOnWire(invoice),
  }
}

const bankOnWire = (bank: string, { amount, number }: Payment, { name }: Merchant): Json => ({
  bank_code: bank,
  collection_type: 'POOL',
  transfer_amount: amount,
  bank_branch: 'Virtual Account',
  account_holder_name: name,
  bank_account_number: vaNumber(bank, number ?? ''),
  identity_amount: 0,
})

/** What the merchant is told when an invoice is paid, also too late, or ends. */
export const invoiceWebhook = (invoice: Payment, merchant: Merchant): Json => ({
  ...core(invoice, merchant),
  status: invoice.money ? 'PAID' : statuses[invoice.status],
  is_high: false,
  ...moneyOnWire(invoice),
})

const statuses: Record<Payment['status'], string> = {
  pending: 'PENDING',
  paid: 'PAID',
  failed: 'EXPIRED',
  expired: 'EXPIRED',
  cancelled: 'EXPIRED',
  denied: 'PAID',
}

const core = (invoice: Payment, merchant: Merchant): Json => ({
  id: invoice.id,
  external_id: invoice.reference,
  user_id: businessId,
  merchant_name: merchant.name,
  merchant_profile_picture_url: '',
  amount: invoice.amount,
  currency: invoice.currency,
  created: invoice.createdAt.toISOString(),
  updated: invoice.updatedAt.toISOString(),
  ...echo(invoice.request, echoed),
})

function moneyOnWire({ money, number }: Payment): Json {
  if (!money) return {}
  const isBank = xenditChannels.get(money.channel)?.kind === 'va'
  return {
    paid_amount: money.amount,
    paid_at: money.at,
    payment_id: money.paymentId,
    ...channelOnInvoice(money.channel),
    ...(isBank && { payment_destination: vaNumber(money.channel, number ?? '') }),
  }
}
