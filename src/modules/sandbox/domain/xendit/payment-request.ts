import { err, ok, type Result } from '../../../../kernel/result.ts'
import { echo, fieldsOf, isAmount, isText } from '../fields.ts'
import { businessId, type Merchant } from '../merchant.ts'
import { newPayment, type Json, type Payment } from '../payment.ts'
import { vaNumber, xenditChannelOf, xenditChannels } from './channels.ts'
import type { InvalidRequest } from './invoice.ts'

/** A new payment request (v3) from what a merchant sent, or all that is wrong with it. */
export function createPaymentRequest(
  body: unknown,
  { id, number }: { id: string; number: string },
  at: Date,
): Result<Payment, InvalidRequest> {
  const request = fieldsOf(body)
  const { reference_id: reference, request_amount: amount, currency, country, type } = request
  const properties = fieldsOf(request['channel_properties'])
  const name = xenditChannelOf(request['channel_code'])
  const channel = name === undefined ? undefined : xenditChannels.get(name)
  const expiresAt = channel && expiryOf(properties['expires_at'], channel, at)
  const errors = [
    ...(isText(reference, 255) ? [] : ['"reference_id" is required']),
    ...(type === 'PAY' ? [] : ['"type" must be PAY']),
    ...(country === 'ID' ? [] : ['"country" must be ID']),
    ...(currency === 'IDR' ? [] : ['"currency" must be IDR']),
    ...(channel ? [] : ['"channel_code" is not supported']),
    ...(isAmount(amount) && Number.isInteger(amount) ? [] : ['"request_amount" is required']),
    ...(channel && isAmount(amount) && (amount < channel.amountMin || amount > channel.amountMax)
      ? [`"request_amount" must be ${channel.amountMin} to ${channel.amountMax}`]
      : []),
    ...(expiresAt === null ? ['"channel_properties.expires_at" must be a later time'] : []),
    ...lacking(channel?.kind, properties),
  ]
  if (
    errors.length > 0 ||
    !isText(reference, 255) ||
    !isAmount(amount) ||
    !expiresAt ||
    !name ||
    !channel
  ) {
    return err({ kind: 'API_VALIDATION_ERROR', errors })
  }
  const made = {
    id,
    gateway: 'xendit' as const,
    kind: 'request' as const,
    reference,
    amount,
    currency: 'IDR',
    channel: name,
    number: channel.kind === 'va' ? (wishedNumber(properties) ?? vaNumber(name, number)) : null,
    request,
    expiresAt,
  }
  return ok(newPayment(made, at))
}

/** Only a virtual account ends when the merchant says; null when that is no time to come. */
function expiryOf(given: unknown, channel: { kind: string; seconds: number }, at: Date) {
  if (channel.kind !== 'va' || given === undefined) {
    return new Date(at.getTime() + channel.seconds * 1_000)
  }
  const asked = new Date(typeof given === 'string' ? given : NaN)
  return asked > at ? asked : null
}

function wishedNumber({ virtual_account_number: wished }: Json): string | undefined {
  return typeof wished === 'string' && /^\d{4,20}$/.test(wished) ? wished : undefined
}

function lacking(kind: string | undefined, properties: Json): string[] {
  if (kind === 'va' && !isText(properties['display_name'], 255)) {
    return ['"channel_properties.display_name" is required']
  }
  if (kind === 'ewallet' && !isText(properties['success_return_url'], 2_048)) {
    return ['"channel_properties.success_return_url" is required']
  }
  return []
}

const statuses: Record<Payment['status'], string> = {
  pending: 'REQUIRES_ACTION',
  paid: 'SUCCEEDED',
  failed: 'FAILED',
  expired: 'EXPIRED',
  cancelled: 'CANCELED',
  denied: 'SUCCEEDED',
}

/** A payment request has at most one payment, whose id follows from its own. */
export const paymentIdOf = (requestId: string): string => requestId.replace(/^pr-/, 'py-')
export const requestIdOf = (paymentId: string): string => paymentId.replace(/^py-/, 'pr-')

export function paymentRequestOnWire(payment: Payment, merchant: Merchant): Json {
  const { id, money, request, status } = payment
  return {
    ...core(payment),
    payment_request_id: id,
    channel_properties: request['channel_properties'] ?? {},
    actions: status === 'pending' ? actions(payment, merchant) : [],
    status: statuses[status],
    latest_payment_id: money || status === 'failed' ? paymentIdOf(id) : null,
    failure_code: status === 'failed' ? 'USER_DECLINED_PAYMENT' : null,
    updated: payment.updatedAt.toISOString(),
  }
}

function actions({ id, number, channel }: Payment, { sandboxUrl }: Merchant): Json[] {
  switch (xenditChannels.get(channel ?? '')?.kind) {
    case 'va':
      return [{ type: 'PRESENT_TO_CUSTOMER', descriptor: 'VIRTUAL_ACCOUNT_NUMBER', value: number }]
    case 'qr':
      return [{ type: 'PRESENT_TO_CUSTOMER', descriptor: 'QR_STRING', value: qrString(id) }]
    default: {
      const value = `${sandboxUrl}/xendit/web/${id}`
      return [{ type: 'REDIRECT_CUSTOMER', descriptor: 'WEB_URL', value }]
    }
  }
}

/** No bank would take it for a real one. */
export const qrString = (id: string): string => `00020101021226SANDBOX-${id}-5303360`

const core = ({ request, ...payment }: Payment): Json => ({
  business_id: businessId,
  reference_id: payment.reference,
  type: 'PAY',
  country: 'ID',
  currency: payment.currency,
  request_amount: payment.amount,
  capture_method: 'AUTOMATIC',
  channel_code: xenditChannels.get(payment.channel ?? '')?.code ?? null,
  ...echo(request, ['description', 'customer', 'customer_id', 'items', 'metadata']),
  created: payment.createdAt.toISOString(),
})

/** The payment of a payment request; undefined while there is none. */
export function paymentOnWire(payment: Payment): Json | undefined {
  const { id, money, status, request } = payment
  if (!money && status !== 'failed') return undefined
  const paymentId = paymentIdOf(id)
  return {
    ...core(payment),
    payment_id: paymentId,
    payment_request_id: id,
    channel_properties: request['channel_properties'] ?? {},
    captures: money
      ? [
          {
            capture_id: paymentId.replace(/^py-/, 'cap-'),
            capture_amount: money.amount,
            capture_timestamp: money.at,
          },
        ]
      : [],
    status: money ? 'SUCCEEDED' : 'FAILED',
    ...(!money && { failure_code: 'USER_DECLINED_PAYMENT' }),
    payment_details: {},
    updated: payment.updatedAt.toISOString(),
  }
}
