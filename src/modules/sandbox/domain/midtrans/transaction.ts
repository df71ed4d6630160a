import type { WebhookEvent } from '../delivery.ts'
import { echo, fieldsOf } from '../fields.ts'
import { midtransMerchantId, type Merchant } from '../merchant.ts'
import { refundedOf, type Json, type Payment, type Refund } from '../payment.ts'
import { isMidtransVa, paymentTypeOf } from './channels.ts'
import { jakartaTime } from './times.ts'

/** Amounts are text with two decimals, and signed as that text. */
const rupiah = (amount: number): string => amount.toFixed(2)

const statuses = {
  pending: 'pending',
  paid: 'settlement',
  failed: 'deny',
  expired: 'expire',
  cancelled: 'cancel',
} as const

export function transactionStatus(payment: Payment): WebhookEvent {
  const refunded = refundedOf(payment)
  if (payment.status === 'denied') return 'deny'
  // Also money that came after the end, whatever the end was.
  if (payment.money) {
    if (refunded === 0) return 'settlement'
    return refunded < payment.money.amount ? 'partial_refund' : 'refund'
  }
  return statuses[payment.status]
}

const codes: Record<string, string> = { pending: '201', expire: '202', cancel: '202', deny: '202' }
export const notificationCode = (payment: Payment): string =>
  codes[transactionStatus(payment)] ?? '200'

type Words = { code: string; message: string }

/** A transaction as charge, cancel and the like answer it. */
export function transactionOnWire(payment: Payment, { code, message }: Words): Json {
  const { channel, money, status } = payment
  return {
    status_code: code,
    status_message: message,
    transaction_id: payment.id,
    order_id: payment.reference,
    merchant_id: midtransMerchantId,
    gross_amount: rupiah(grossOf(payment)),
    currency: payment.currency,
    // A GoPay charge that is paid by its QR code is told as QRIS.
    payment_type: paymentTypeOf(money?.channel ?? channel ?? ''),
    transaction_time: jakartaTime(payment.createdAt),
    transaction_status: transactionStatus(payment),
    fraud_status: status === 'denied' ? 'deny' : 'accept',
    expiry_time: jakartaTime(payment.expiresAt),
    ...numbersOf(payment),
  }
}

/** A virtual account tells apart what was paid; elsewhere the gross amount is what was paid. */
function grossOf({ amount, channel, money }: Payment): number {
  if (!money) return amount
  return (isMidtransVa(channel) ? amount : money.amount) + money.fee
}

function numbersOf({ channel, number }: Payment): Json {
  switch (channel) {
    case 'permata':
      return { permata_va_number: number }
    case 'echannel':
      return { bill_key: number, biller_code: '70012' }
    case 'qris':
      return { acquirer: 'gopay' }
    default:
      return number === null ? {} : { va_numbers: [{ bank: channel, va_number: number }] }
  }
}

/** A transaction as GET status and notifications tell it: with money, refunds and signature. */
export function signedTransaction(payment: Payment, words: Words, merchant: Merchant): Json {
  const { money, request } = payment
  const told = transactionOnWire(payment, words)
  const isQr = money && paymentTypeOf(money.channel) === 'qris'
  return {
    ...told,
    signature_key: merchant.sign(
      `${payment.reference}${words.code}${String(told['gross_amount'])}`,
    ),
    ...(money && { settlement_time: jakartaTime(new Date(money.at)) }),
    ...(isQr && { transaction_type: 'off-us', issuer: 'gopay', acquirer: 'gopay' }),
    ...amountsOf(payment),
    ...refundsOf(payment),
    ...echo(request, ['custom_field1', 'custom_field2', 'custom_field3']),
    ...metadataOf(payment),
  }
}

/** BCA and BRI tell nothing when the amount is the one asked for. */
function amountsOf({ channel, money, amount, kind }: Payment): Json {
  if (kind !== 'charge' || !isMidtransVa(channel)) return {}
  const isSilent = channel === 'bca' || channel === 'bri'
  if (!money || (isSilent && money.amount === amount)) return { payment_amounts: [] }
  const paid_at = jakartaTime(new Date(money.at))
  return { payment_amounts: [{ paid_at, amount: rupiah(money.amount + money.fee) }] }
}

function refundsOf(payment: Payment): Json {
  const begun = payment.refunds.filter(({ status }) => status !== 'failed')
  if (begun.length === 0) return {}
  return {
    refund_amount: rupiah(refundedOf(payment)),
    refunds: begun.map((refund, i) => ({
      refund_chargeback_id: i + 1,
      refund_chargeback_uuid: refund.id,
      refund_amount: rupiah(refund.amount),
      created_at: jakartaTime(new Date(refund.createdAt)),
      reason: refund.request['reason'] ?? '',
      refund_key: refund.reference,
      refund_method: 'online',
      ...(refund.status === 'succeeded' && {
        bank_confirmed_at: jakartaTime(new Date(refund.updatedAt)),
      }),
    })),
  }
}

function metadataOf({ money, request }: Payment): Json {
  const metadata = fieldsOf(request['metadata'])
  if (!money || money.fee === 0) return 'metadata' in request ? { metadata } : {}
  const gross_amount_info = {
    original_amount: String(money.amount),
    gross_amount: String(money.amount + money.fee),
    customer_imposed_payment_fee: String(money.fee),
  }
  return { metadata: { ...metadata, extra_info: { gross_amount_info } } }
}

/** What a refund is answered with. */
export const refundOnMidtransWire = (payment: Payment, refund: Refund): Json => ({
  ...transactionOnWire(payment, { code: '200', message: 'Success, refund request is approved' }),
  refund_chargeback_id: payment.refunds.indexOf(refund) + 1,
  refund_amount: rupiah(refund.amount),
  refund_key: refund.reference,
})
