import { err, ok, type Result } from '../../../../kernel/result.ts'
import { echo, fieldsOf, isAmount, isText } from '../fields.ts'
import { businessId, type Merchant } from '../merchant.ts'
import { newPayment, type Json, type Payment } from '../payment.ts'
import { paymentIdOf } from './payment-request.ts'

const secondsDefault = 30 * 60
const millisMin = 10 * 60_000

export type InvalidSession = { kind: string; message: string }

/** A new session, whose page lets the payer choose how to pay. */
export function createSession(
  body: unknown,
  id: string,
  at: Date,
): Result<Payment, InvalidSession> {
  const request = fieldsOf(body)
  const { reference_id: reference, amount } = request
  const refused = refusalOf(request, at)
  if (refused) return err(refused)
  if (!isText(reference, 64) || !isAmount(amount)) {
    return err({ kind: 'API_VALIDATION_ERROR', message: 'reference_id is required' })
  }
  const given = request['expires_at']
  const made = {
    id,
    gateway: 'xendit' as const,
    kind: 'session' as const,
    reference,
    amount: Math.trunc(amount),
    currency: 'IDR',
    channel: null,
    number: null,
    request,
    expiresAt:
      typeof given === 'string' ? new Date(given) : new Date(at.getTime() + secondsDefault * 1_000),
  }
  return ok(newPayment(made, at))
}

function refusalOf(request: Json, at: Date): InvalidSession | undefined {
  const no = (kind: string, message: string) => ({ kind, message })
  const { session_type, mode, expires_at, metadata } = request
  if (session_type !== 'PAY') return no('API_VALIDATION_ERROR', 'session_type must be PAY')
  if (mode !== 'PAYMENT_LINK') return no('MODE_NOT_SUPPORTED', 'mode must be PAYMENT_LINK')
  if (!isAmount(request['amount'])) return no('INVALID_AMOUNT', 'amount is required')
  if (request['currency'] !== 'IDR') return no('INVALID_CURRENCY', 'currency must be IDR')
  if (request['country'] !== 'ID') return no('INVALID_COUNTRY', 'country must be ID')
  for (const name of ['success_return_url', 'cancel_return_url']) {
    const url = request[name]
    if (url !== undefined && !(isText(url, 2_048) && url.startsWith('https://'))) {
      return no('INVALID_URL', `${name} must be an HTTPS address`)
    }
  }
  if (expires_at !== undefined) {
    const until = new Date(typeof expires_at === 'string' ? expires_at : NaN)
    if (!(until.getTime() >= at.getTime() + millisMin)) {
      return no('INVALID_EXPIRY_DATE', 'expires_at must be at least ten minutes ahead')
    }
  }
  if (Object.keys(fieldsOf(metadata)).length > 20) {
    return no('INVALID_METADATA', 'metadata has too many keys')
  }
  return undefined
}

const statuses: Record<Payment['status'], string> = {
  pending: 'ACTIVE',
  paid: 'COMPLETED',
  failed: 'ACTIVE',
  expired: 'EXPIRED',
  cancelled: 'CANCELED',
  denied: 'COMPLETED',
}

export function sessionOnWire(session: Payment, merchant: Merchant): Json {
  const requestId = session.money?.paymentId ?? null
  return {
    payment_session_id: session.id,
    business_id: businessId,
    reference_id: session.reference,
    session_type: 'PAY',
    mode: 'PAYMENT_LINK',
    amount: session.amount,
    currency: session.currency,
    country: 'ID',
    status: statuses[session.status],
    payment_link_url: `${merchant.sandboxUrl}/xendit/web/${session.id}`,
    expires_at: session.expiresAt.toISOString(),
    payment_request_id: requestId,
    payment_id: requestId && paymentIdOf(requestId),
    payment_token_id: null,
    ...echo(session.request, [
      'customer',
      'items',
      'metadata',
      'locale',
      'description',
      'allowed_payment_channels',
      'success_return_url',
      'cancel_return_url',
    ]),
    created: session.createdAt.toISOString(),
    updated: session.updatedAt.toISOString(),
  }
}
