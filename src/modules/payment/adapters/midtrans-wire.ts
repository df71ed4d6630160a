import { hash } from 'node:crypto'
import type { Money } from '../../../kernel/money.ts'
import { err, type Result } from '../../../kernel/result.ts'
import { isSameSecret } from '../../../platform/secrets.ts'
import type { PaymentInstructions } from '../../booking/contract.ts'
import type { GatewayReport } from '../domain/payment.ts'
import type { GatewayNotice, GatewayRefusal, GatewayRequest, KnownPayment } from '../ports.ts'
import type { JsonAnswer, JsonClient, JsonRequest } from './json-client.ts'
import { fieldsOf, instructionsFor, listOf, parsed, textOf, type Fields } from './wire.ts'

/** What Core API, Snap and notifications of Midtrans have in common: the transaction. */
export type Transaction = {
  gatewayId: string
  reference: string
  status: string
  fraud: string | undefined
  paid: Money | undefined
  expiresAt: Date | undefined
  instructions: Partial<PaymentInstructions>
  refunds: { key: string | undefined; isConfirmed: boolean }[]
}

/**
 * Midtrans tells the outcome of a call in the body, more often than not under HTTP 200; older
 * answers have it in both. A code that says nothing about the request is thrown like an HTTP one.
 */
export type MidtransAnswer = { code: number; body: Fields }

export function midtransClient(client: JsonClient) {
  return async (request: JsonRequest): Promise<MidtransAnswer> => {
    const answer = await client(request)
    const body = fieldsOf(answer.body)
    const code = codeOf(answer, body)
    if (code >= 500 || code === 429 || code === 408) {
      throw new Error(`midtrans ${request.method} ${request.path}: answered ${code}`)
    }
    return { code, body }
  }
}
export type MidtransClient = ReturnType<typeof midtransClient>

function codeOf({ status }: JsonAnswer, body: Fields): number {
  const code = Number.parseInt(textOf(body['status_code']) ?? '', 10)
  return code >= 200 && code < 1_000 ? code : status
}

/** Its texts may repeat what we sent, so a refusal is known by its number alone. */
export const refused = (code: number): Result<never, GatewayRefusal> =>
  err({ kind: 'gateway-refused', reason: `MIDTRANS_${code}` })

/** An answer we cannot read tells nothing about the payment; the call is repeated. */
export function understood<T>(value: T | undefined | false, what: string): T {
  if (value === undefined || value === false) throw new Error(`midtrans answered without ${what}`)
  return value
}

/** Undefined for anything that is not a transaction we can act on. */
export function readTransaction(body: Fields): Transaction | undefined {
  const gatewayId = textOf(body['transaction_id'])
  const reference = textOf(body['order_id'])
  const status = textOf(body['transaction_status'])?.toLowerCase()
  if (!gatewayId || !reference || !status) return undefined
  return {
    gatewayId,
    reference,
    status,
    fraud: textOf(body['fraud_status'])?.toLowerCase(),
    paid: paidOf(body),
    expiresAt: jakartaInstant(body['expiry_time'] ?? body['expire_time']),
    instructions: instructionsOf(body),
    refunds: listOf(body['refunds']).map((value) => {
      const refund = fieldsOf(value)
      const isConfirmed = textOf(refund['bank_confirmed_at']) !== undefined
      return { key: textOf(refund['refund_key']), isConfirmed }
    }),
  }
}

/**
 * What the buyer paid of what we asked for. Midtrans may add its fee to `gross_amount`, and then
 * tells the original; and a virtual account tells what really came in.
 */
function paidOf(body: Fields): Money | undefined {
  const gross = amountOf(body['gross_amount'])
  if (gross === undefined) return undefined
  const extra = fieldsOf(fieldsOf(body['metadata'])['extra_info'])
  const original = amountOf(fieldsOf(extra['gross_amount_info'])['original_amount']) ?? gross
  const came = listOf(body['payment_amounts']).map((one) => amountOf(fieldsOf(one)['amount']))
  const amounts = came.filter((amount) => amount !== undefined)
  const sum = amounts.length > 0 ? amounts.reduce((total, amount) => total + amount, 0) : gross
  return { amount: sum - (gross - original), currency: textOf(body['currency']) ?? 'IDR' }
}

/** Rupiah as a text with two decimals, `150000.00`; a number where it is ours echoed. */
function amountOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  const text = textOf(value)
  return text && /^\d{1,15}(\.\d{1,2})?$/.test(text) ? Number(text) : undefined
}

/** `2021-06-23 11:42:03` is the time in Jakarta, whatever this machine's zone is. */
export function jakartaInstant(value: unknown): Date | undefined {
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/.exec(textOf(value) ?? '') ?? []
  const instant = new Date(`${day}T${time}+07:00`)
  return Number.isNaN(instant.getTime()) ? undefined : instant
}

function instructionsOf(body: Fields): Partial<PaymentInstructions> {
  const va = fieldsOf(listOf(body['va_numbers'])[0])
  const action = (name: string) => {
    const found = listOf(body['actions'])
      .map(fieldsOf)
      .find((one) => one['name'] === name)
    return textOf(found?.['url'])
  }
  const billerCode = textOf(body['biller_code'])
  const qrUrl = action('generate-qr-code')
  return {
    checkoutUrl: action('deeplink-redirect') ?? null,
    vaNumber:
      textOf(va['va_number']) ??
      textOf(body['permata_va_number']) ??
      textOf(body['bill_key']) ??
      null,
    qrString: textOf(body['qr_string']) ?? null,
    ...(billerCode ? { billerCode } : {}),
    ...(qrUrl ? { qrUrl } : {}),
  }
}

/** How a transaction stands. `settlement` can still become `deny` when the bank takes it back. */
export function reportOf(
  transaction: Transaction,
  { method, channel, expiresAt }: Pick<KnownPayment, 'method' | 'channel' | 'expiresAt'>,
): GatewayReport {
  const { gatewayId, status, fraud, paid } = transaction
  const known = {
    gatewayId,
    expiresAt: transaction.expiresAt ?? expiresAt,
    instructions: instructionsFor(method, { channel, ...transaction.instructions }),
  }
  switch (status) {
    case 'pending':
    case 'authorize':
      return { ...known, status: 'open' }
    case 'capture':
    case 'settlement':
    case 'partial_refund':
    case 'partial_chargeback':
      if (fraud === 'deny') return { ...known, status: 'denied', reason: 'FRAUD' }
      if (fraud !== undefined && fraud !== 'accept') return { ...known, status: 'open' }
      return { ...known, status: 'paid', paid: understood(paid, 'an amount') }
    case 'expire':
    case 'cancel':
      return { ...known, status: 'expired' }
    case 'refund':
      return { ...known, status: 'given-back' }
    case 'deny':
    case 'failure':
    case 'chargeback':
      return { ...known, status: 'denied', reason: status.toUpperCase() }
    default:
      throw new Error(`midtrans answered with a transaction that is ${status}`)
  }
}

/** Whom and what a payment is for; the items are left out where they would not add up. */
export function detailsOf(request: GatewayRequest): Fields {
  const { buyer, items, amount } = request
  const sum = items.reduce((total, { quantity, unitPrice }) => total + quantity * unitPrice, 0)
  return {
    transaction_details: { order_id: request.paymentId, gross_amount: amount },
    customer_details: {
      first_name: buyer.name.slice(0, 255),
      email: buyer.email,
      ...(buyer.phone ? { phone: buyer.phone } : {}),
    },
    ...(sum === amount
      ? {
          item_details: items.map(({ ticketTypeId, name, quantity, unitPrice }) => ({
            id: ticketTypeId,
            name: name.slice(0, 50),
            quantity,
            price: unitPrice,
          })),
        }
      : {}),
    metadata: { order_id: request.orderId },
  }
}

/**
 * The signature is over the text of the amount as it was sent: `150000.00`, never `150000`. It does
 * not cover the status, so what a notification says is confirmed with Midtrans before it counts.
 */
export function isSignedNotification(body: string, serverKey: string): boolean {
  const notification = fieldsOf(parsed(body))
  const parts = ['order_id', 'status_code', 'gross_amount'].map((name) => notification[name])
  const given = notification['signature_key']
  if (typeof given !== 'string' || !parts.every((part) => typeof part === 'string')) return false
  return isSameSecret(given, hash('sha512', parts.join('') + serverKey, 'hex'))
}

const ours = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-\d+)?$/

export function readNotification(body: string): GatewayNotice {
  const notification = fieldsOf(parsed(body))
  const transaction = readTransaction(notification)
  const refunds = listOf(notification['refunds'])
    .map(fieldsOf)
    .map((refund) => [refund['refund_key'], refund['bank_confirmed_at']])
  const named = ['transaction_id', 'transaction_status', 'status_code'].map(
    (name) => notification[name],
  )
  const key = hash('sha256', JSON.stringify(transaction ? [...named, refunds] : [body]))
  if (!transaction) return { key, about: 'malformed' }

  const { gatewayId, reference, status } = transaction
  const refundReference = transaction.refunds.findLast((one) => one.key && ours.test(one.key))?.key
  if (refundReference) return { key, about: 'refund', refundReference }
  const claimsPaid = status === 'settlement' || status === 'capture'
  return { key, about: 'payment', reference, gatewayId, claimsPaid }
}
