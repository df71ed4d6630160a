import { hash } from 'node:crypto'
import { decimalsOf } from '../../../kernel/money.ts'
import { err, type Result } from '../../../kernel/result.ts'
import type { GatewayNotice, GatewayRefusal, WebhookHeaders } from '../ports.ts'
import type { JsonAnswer } from './json-client.ts'
import { fieldsOf, listOf, parsed, textOf, type Fields } from './wire.ts'

/** What all of Xendit's products have in common: amounts, refusals, webhooks. */

/** Xendit writes an amount in the currency's main unit, with decimals where it has any. */
export const toXenditAmount = (amount: number, currency: string): number =>
  amount / 10 ** decimalsOf(currency)

/** Not rounded to a whole amount, so that a fraction too little is seen as a difference. */
export function fromXenditAmount(amount: number, currency: string): number {
  const scaled = amount * 10 ** decimalsOf(currency)
  return Math.round(scaled * 1_000) / 1_000
}

/** The gateway's own code, which is safe to keep and to show. */
export function reasonOf(status: number, body: unknown): string {
  const code = textOf(fieldsOf(body)['error_code'])
  return code && /^\w{1,80}$/.test(code) ? code : `HTTP_${status}`
}

export const refused = ({ status, body }: JsonAnswer): Result<never, GatewayRefusal> =>
  err({ kind: 'gateway-refused', reason: reasonOf(status, body) })

/** An answer we cannot read tells nothing about the payment; the call is repeated. */
export function understood<T>(value: T | undefined | false, what: string): T {
  if (value === undefined || value === false) throw new Error(`xendit answered without ${what}`)
  return value
}

/**
 * `webhook-id` names a webhook when it is there; Xendit does not promise it for all. Invoices come
 * bare, everything else in an envelope, refunds sometimes in two.
 */
export function readXenditWebhook(body: string, headers: WebhookHeaders): GatewayNotice {
  const received = fieldsOf(parsed(body))
  const webhookId = headers['webhook-id']
  const keyOf = (...parts: unknown[]) =>
    hash('sha256', JSON.stringify(typeof webhookId === 'string' ? ['id', webhookId] : parts))

  const event = textOf(received['event'])
  const outer = fieldsOf(received['data'])
  const data = 'data' in outer ? fieldsOf(outer['data']) : outer
  if (event?.startsWith('refund.')) {
    const refundReference = textOf(data['reference_id'])
    const key = keyOf('refund', data['id'], data['status'])
    return refundReference ? { key, about: 'refund', refundReference } : { key, about: 'malformed' }
  }
  if (event?.startsWith('payment')) return readPaymentEvent(event, data, keyOf)

  const gatewayId = textOf(received['id'])
  const reference = textOf(received['external_id'])
  const status = textOf(received['status'])
  if (gatewayId && reference && status) {
    const claimsPaid = status === 'PAID' || status === 'SETTLED'
    const key = keyOf('invoice', gatewayId, status, received['payment_id'])
    return { key, about: 'payment', reference, gatewayId, claimsPaid }
  }
  return { key: keyOf('other', body), about: event ? 'nothing-of-ours' : 'malformed' }
}

const paidEvents = ['payment.capture', 'payment.succeeded', 'payment_session.completed']

/** Of payment requests (`payment.…`, `payment_request.…`) and of sessions (`payment_session.…`). */
function readPaymentEvent(
  event: string,
  data: Fields,
  keyOf: (...parts: unknown[]) => string,
): GatewayNotice {
  const captures = listOf(data['captures']).map((capture) => fieldsOf(capture)['capture_id'])
  const isSession = event.startsWith('payment_session.')
  const gatewayId = textOf(data[isSession ? 'payment_session_id' : 'payment_request_id'])
  const reference = textOf(data['reference_id'])
  const key = keyOf(event, gatewayId, data['payment_id'], data['status'], captures)
  if (!gatewayId || !reference) return { key, about: 'nothing-of-ours' }
  return { key, about: 'payment', reference, gatewayId, claimsPaid: paidEvents.includes(event) }
}
