import { err, ok, type Result } from '../../../../kernel/result.ts'
import { fieldsOf, isText } from '../fields.ts'
import { newPayment, type Json, type Payment } from '../payment.ts'
import { chargedChannel, midtransChannels } from './channels.ts'
import { askedSeconds, askedTime } from './times.ts'

export type ChargeRefusal =
  | { kind: 'invalid'; messages: string[] }
  /** The payment type is not one we have. */
  | { kind: 'not-enabled' }

export type ChargeIds = {
  id: string
  /** As many digits as any number may need. */
  digits: string
  webhookUrls: string[] | null
  parentId?: string
}

/** A new transaction of the Core API from what a merchant sent, or all that is wrong with it. */
export function createCharge(
  body: unknown,
  { id, digits, webhookUrls, parentId }: ChargeIds,
  at: Date,
): Result<Payment, ChargeRefusal> {
  const request = fieldsOf(body)
  const name = chargedChannel(request)
  const channel = name === undefined ? undefined : midtransChannels.get(name)
  const { orderId, amount, messages } = readDetails(request)
  if (request['payment_type'] === undefined) messages.push('payment_type is required')
  const lifetime = channel && lifetimeOf(request, channel, at)
  if (typeof lifetime === 'string') messages.push(lifetime)
  if (name === 'echannel') messages.push(...billMessages(fieldsOf(request['echannel'])))
  if (messages.length > 0 || orderId === undefined || amount === undefined) {
    return err({ kind: 'invalid', messages })
  }
  if (!name || !channel || !(lifetime instanceof Date)) return err({ kind: 'not-enabled' })
  const made = {
    id,
    gateway: 'midtrans' as const,
    kind: 'charge' as const,
    reference: orderId,
    amount,
    currency: 'IDR',
    channel: name,
    number: channel.kind === 'va' ? numberOf(request, channel, digits) : null,
    request,
    webhookUrls,
    parentId: parentId ?? null,
    expiresAt: lifetime,
  }
  return ok(newPayment(made, at))
}

/** What Core API and Snap ask of `transaction_details` and `item_details` alike. */
export function readDetails(request: Json) {
  const { order_id, gross_amount } = fieldsOf(request['transaction_details'])
  const messages: string[] = []
  const isSaneId = isText(order_id, 50) && /^[\w.~-]+$/.test(order_id)
  if (order_id === undefined) messages.push('transaction_details.order_id is required')
  else if (!isSaneId) messages.push('transaction_details.order_id is not valid')
  const isSaneAmount =
    Number.isInteger(gross_amount) && Number(gross_amount) >= 1 && Number(gross_amount) <= 1e12
  if (gross_amount === undefined) messages.push('transaction_details.gross_amount is required')
  else if (!isSaneAmount) messages.push('transaction_details.gross_amount is not a number')
  else if (sumOf(request['item_details'], Number(gross_amount)) !== gross_amount) {
    messages.push('transaction_details.gross_amount is not equal to the sum of item_details')
  }
  for (const name of ['custom_field1', 'custom_field2', 'custom_field3']) {
    const value = request[name]
    if (value != null && (typeof value !== 'string' || value.length > 255)) {
      messages.push(`${name} is too long`)
    }
  }
  return {
    orderId: isSaneId ? order_id : undefined,
    amount: isSaneAmount ? Number(gross_amount) : undefined,
    messages,
  }
}

function sumOf(items: unknown, otherwise: number): number {
  if (items == null) return otherwise
  if (!Array.isArray(items)) return NaN
  return items.reduce((sum: number, item) => {
    const { price, quantity } = fieldsOf(item)
    const isWhole = Number.isInteger(price) && Number.isInteger(quantity)
    return isWhole ? sum + Number(price) * Number(quantity) : NaN
  }, 0)
}

const vaSecondsMin = 20

/** When a charge is over, or what is wrong with the `custom_expiry` it asks for. */
function lifetimeOf(
  request: Json,
  channel: { kind: string; seconds: number; secondsMax: number },
  at: Date,
): Date | string {
  const custom = request['custom_expiry']
  if (custom == null) return new Date(at.getTime() + channel.seconds * 1_000)
  const { order_time, expiry_duration, unit = 'minute' } = fieldsOf(custom)
  const from = order_time == null ? at : askedTime(order_time)
  if (!from) return 'custom_expiry.order_time must be of format yyyy-MM-dd hh:mm:ss Z'
  const seconds = askedSeconds(expiry_duration, unit)
  if (seconds === undefined) return 'custom_expiry.expiry_duration is not valid'
  const tooShort = channel.kind === 'va' && seconds < vaSecondsMin
  if (tooShort || seconds > channel.secondsMax) return 'custom_expiry is out of range'
  const until = new Date(from.getTime() + seconds * 1_000)
  return until > at ? until : 'custom_expiry is over already'
}

function billMessages({ bill_info1, bill_info2 }: Json): string[] {
  return [
    ...(isText(bill_info1, 10) ? [] : ['echannel.bill_info1 is required']),
    ...(isText(bill_info2, 30) ? [] : ['echannel.bill_info2 is required']),
  ]
}

/** The number a merchant would like, cut or filled with zeros to the length it must have. */
function numberOf(
  request: Json,
  { digits, prefix }: { digits: number; prefix: string },
  random: string,
): string {
  const wished =
    fieldsOf(request['bank_transfer'])['va_number'] ?? fieldsOf(request['echannel'])['bill_key']
  const isSane = typeof wished === 'string' && /^\d{1,30}$/.test(wished)
  const ours = isSane ? wished.slice(0, digits).padStart(digits, '0') : random.slice(0, digits)
  return `${prefix}${ours}`
}

/** A number instead of one that another is using. */
export function withOtherNumber(payment: Payment, random: string): Payment {
  const channel = midtransChannels.get(payment.channel ?? '')
  if (!channel || payment.number === null) return payment
  return { ...payment, number: `${channel.prefix}${random.slice(0, channel.digits)}` }
}

/** Whether the merchant wished for a number of its own. */
export const wishesNumber = ({ request }: Payment): boolean =>
  fieldsOf(request['bank_transfer'])['va_number'] != null ||
  fieldsOf(request['echannel'])['bill_key'] != null
