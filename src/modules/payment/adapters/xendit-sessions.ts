import { ok } from '../../../kernel/result.ts'
import type { GatewayReport } from '../domain/payment.ts'
import type { GatewayRequest } from '../ports.ts'
import type { JsonClient } from './json-client.ts'
import {
  clamped,
  fieldsOf,
  instantOf,
  instructionsFor,
  later,
  textOf,
  type Fields,
  type Wire,
} from './wire.ts'
import { xenditMethodOf } from './xendit-methods.ts'
import { paidOf, requestedPaymentOf } from './xendit-payment-requests.ts'
import { refused, toXenditAmount, understood } from './xendit-wire.ts'

/**
 * Xendit's sessions, which take the place of invoices: a hosted page on which the buyer chooses
 * how to pay. They cannot be searched by our own id; a page whose answer was lost was shown to
 * nobody.
 */
export function xenditSessions(client: JsonClient): Wire {
  const get: Wire['get'] = async (gatewayId, payment) => {
    const session = await getSession(client, gatewayId)
    if (!session || textOf(session['reference_id']) !== payment.reference) return undefined
    return reportOf(client, gatewayId, session, payment.expiresAt)
  }
  return {
    get,
    search: async () => [],

    async create(request) {
      const answer = await client({ method: 'POST', path: '/sessions', body: toBody(request) })
      if (answer.status >= 300) return refused(answer)
      const session = fieldsOf(answer.body)
      const gatewayId = understood(textOf(session['payment_session_id']), 'a created session')
      const expiresAt = later(request.at, request.holdSeconds)
      return ok(await reportOf(client, gatewayId, session, expiresAt))
    },

    async close(gatewayId, payment) {
      const path = `/sessions/${encodeURIComponent(gatewayId)}/cancel`
      await client({ method: 'POST', path, repeatable: true })
      return get(gatewayId, payment)
    },
  }
}

/** Undefined when there is none of this id. */
export async function getSession(
  client: JsonClient,
  gatewayId: string,
): Promise<Fields | undefined> {
  if (!gatewayId.startsWith('ps-')) return undefined
  const path = `/sessions/${encodeURIComponent(gatewayId)}`
  const answer = await client({ method: 'GET', path })
  if (answer.status === 404) return undefined
  return fieldsOf(understood(answer.status < 300 && answer.body, 'a session'))
}

function toBody(request: GatewayRequest): Fields {
  const { returnUrl, currency } = request
  const seconds = clamped(request.holdSeconds, xenditMethodOf('page', null))
  return {
    reference_id: request.paymentId,
    session_type: 'PAY',
    mode: 'PAYMENT_LINK',
    amount: toXenditAmount(request.amount, currency),
    currency,
    country: 'ID',
    capture_method: 'AUTOMATIC',
    expires_at: later(request.at, seconds).toISOString(),
    description: request.description.slice(0, 1_000),
    locale: request.buyer.locale,
    metadata: { order_id: request.orderId },
    // Only these are taken.
    ...(returnUrl.startsWith('https://')
      ? { success_return_url: returnUrl, cancel_return_url: returnUrl }
      : {}),
  }
}

async function reportOf(
  client: JsonClient,
  gatewayId: string,
  session: Fields,
  expiresAt: Date,
): Promise<GatewayReport> {
  const ends = instantOf(session['expires_at'])
  const checkoutUrl = textOf(session['payment_link_url']) ?? null
  const known = {
    gatewayId,
    expiresAt: ends && ends < expiresAt ? ends : expiresAt,
    instructions: instructionsFor('page', { checkoutUrl }),
  }
  const status = textOf(session['status'])
  if (status === 'ACTIVE') return { ...known, status: 'open' }
  // Also a page that ran out may have been paid at the last moment.
  const paymentId = await paymentIdOf(client, session)
  const paid = paymentId && (await paidOf(client, paymentId))
  if (paid) return { ...known, status: 'paid', paid }
  if (status === 'EXPIRED' || status === 'CANCELED') return { ...known, status: 'expired' }
  throw new Error(`xendit answered with a session that is ${status}`)
}

async function paymentIdOf(client: JsonClient, session: Fields): Promise<string | undefined> {
  const requestId = textOf(session['payment_request_id'])
  const known = textOf(session['payment_id'])
  if (known || !requestId) return known
  return requestedPaymentOf(client, requestId)
}
