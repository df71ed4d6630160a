import type { Money } from '../../../kernel/money.ts'
import { err, ok } from '../../../kernel/result.ts'
import type { PaymentInstructions } from '../../booking/contract.ts'
import type { GatewayReport } from '../domain/payment.ts'
import type { GatewayRequest, KnownPayment } from '../ports.ts'
import type { JsonClient } from './json-client.ts'
import {
  clamped,
  fieldsOf,
  instantOf,
  instructionsFor,
  later,
  listOf,
  textOf,
  type Fields,
  type Wire,
} from './wire.ts'
import { e164 } from './xendit-invoices.ts'
import { xenditMethodOf } from './xendit-methods.ts'
import { fromXenditAmount, refused, toXenditAmount, understood } from './xendit-wire.ts'

const path = '/v3/payment_requests'

/**
 * Xendit's payment requests (v3): a virtual account, an e-wallet or a QRIS code without a page of
 * Xendit's between. They cannot be searched by our own id; one whose answer was lost was shown to
 * nobody, and should it be paid all the same (OVO asks on the phone), its webhook carries our id.
 */
export function xenditPaymentRequests(client: JsonClient): Wire {
  const get: Wire['get'] = async (gatewayId, payment) => {
    const answer = await client({ method: 'GET', path: `${path}/${encodeURIComponent(gatewayId)}` })
    if (answer.status === 404) return undefined
    const request = understood(answer.status < 300 && read(answer.body), 'a payment request')
    if (request.reference !== payment.reference) return undefined
    const paid = request.paymentId && (await paidOf(client, request.paymentId))
    return reportOf(request, payment, paid || undefined)
  }
  return {
    get,
    search: async () => [],

    async create(request) {
      const properties = channelProperties(request)
      if (!properties) return err({ kind: 'gateway-refused', reason: 'PHONE_NUMBER_NEEDED' })
      const answer = await client({ method: 'POST', path, body: toBody(request, properties) })
      if (answer.status >= 300) return refused(answer)
      const created = understood(read(answer.body), 'a created payment request')
      const { method, channel } = request
      const expiresAt = later(request.at, secondsOpen(request))
      return ok(reportOf(created, { method, channel, expiresAt }))
    },

    async close(gatewayId, payment) {
      const cancel = `${path}/${encodeURIComponent(gatewayId)}/cancel`
      await client({ method: 'POST', path: cancel, repeatable: true })
      // Only what still waits can be cancelled; anything else is told by the request itself.
      return get(gatewayId, payment)
    },
  }
}

/** How long the channel keeps it open, but not longer than the hold. */
function secondsOpen({ method, channel, holdSeconds }: GatewayRequest): number {
  return Math.min(clamped(holdSeconds, xenditMethodOf(method, channel)), holdSeconds)
}

const toBody = (request: GatewayRequest, channelProperties: Fields): Fields => ({
  reference_id: request.paymentId,
  type: 'PAY',
  country: 'ID',
  currency: request.currency,
  request_amount: toXenditAmount(request.amount, request.currency),
  capture_method: 'AUTOMATIC',
  channel_code: channelCode(request),
  channel_properties: channelProperties,
  description: request.description.slice(0, 1_000),
  metadata: { order_id: request.orderId },
})

function channelCode({ method, channel }: GatewayRequest): string {
  if (method === 'qris') return 'QRIS'
  const name = (channel ?? '').toUpperCase()
  return method === 'va' ? `${name}_VIRTUAL_ACCOUNT` : name
}

/** Undefined when the channel needs what the buyer did not give. */
function channelProperties(request: GatewayRequest): Fields | undefined {
  const { method, channel, buyer, returnUrl } = request
  // How long a QRIS code lives cannot be set.
  if (method === 'qris') return {}
  if (method === 'va') {
    const seconds = clamped(request.holdSeconds, xenditMethodOf(method, channel))
    return {
      expires_at: later(request.at, seconds).toISOString(),
      display_name:
        buyer.name
          .replace(/[^\p{L}\p{N} ]/gu, '')
          .trim()
          .slice(0, 40) || 'Karcis',
    }
  }
  const urls = { success_return_url: returnUrl, failure_return_url: returnUrl }
  if (channel !== 'ovo') return urls
  return buyer.phone && e164.test(buyer.phone)
    ? { ...urls, account_mobile_number: buyer.phone }
    : undefined
}

type PaymentRequest = {
  gatewayId: string
  reference: string
  status: string
  paymentId: string | undefined
  amount: Money | undefined
  expiresAt: Date | undefined
  failure: string | undefined
  actions: Partial<PaymentInstructions>
}

function read(value: unknown): PaymentRequest | undefined {
  const request = fieldsOf(value)
  const gatewayId = textOf(request['payment_request_id'])
  const reference = textOf(request['reference_id'])
  const status = textOf(request['status'])
  if (!gatewayId || !reference || !status) return undefined
  return {
    gatewayId,
    reference,
    status,
    paymentId: textOf(request['latest_payment_id']),
    amount: moneyOf(request['request_amount'], request['currency']),
    expiresAt: instantOf(fieldsOf(request['channel_properties'])['expires_at']),
    failure: textOf(request['failure_code']),
    actions: actionsOf(listOf(request['actions'])),
  }
}

function moneyOf(amount: unknown, currency: unknown): Money | undefined {
  const named = textOf(currency) ?? 'IDR'
  return typeof amount === 'number'
    ? { amount: fromXenditAmount(amount, named), currency: named }
    : undefined
}

function actionsOf(actions: unknown[]): Partial<PaymentInstructions> {
  const valueOf = (descriptor: string) => {
    const action = actions.map(fieldsOf).find((one) => one['descriptor'] === descriptor)
    return textOf(action?.['value']) ?? null
  }
  return {
    checkoutUrl: valueOf('WEB_URL') ?? valueOf('DEEPLINK_URL'),
    vaNumber: valueOf('VIRTUAL_ACCOUNT_NUMBER') ?? valueOf('PAYMENT_CODE'),
    qrString: valueOf('QR_STRING'),
  }
}

/**
 * What was really captured; undefined when the payment did not succeed. A request can have run out
 * and be paid all the same, so the payment has the last word.
 */
export async function paidOf(client: JsonClient, paymentId: string): Promise<Money | undefined> {
  const answer = await client({
    method: 'GET',
    path: `/v3/payments/${encodeURIComponent(paymentId)}`,
  })
  const payment = fieldsOf(understood(answer.status < 300 && answer.body, 'a payment'))
  const status = understood(textOf(payment['status']), 'a payment with a status')
  if (status !== 'SUCCEEDED') return undefined
  const captures = listOf(payment['captures']).map((one) => fieldsOf(one)['capture_amount'])
  const amounts = captures.filter((amount) => typeof amount === 'number')
  const sum = amounts.reduce((total, amount) => total + amount, 0)
  const amount = amounts.length > 0 ? sum : payment['request_amount']
  return understood(moneyOf(amount, payment['currency']), 'an amount')
}

/** The newest payment of a payment request, if there was any. */
export async function requestedPaymentOf(
  client: JsonClient,
  gatewayId: string,
): Promise<string | undefined> {
  const answer = await client({ method: 'GET', path: `${path}/${encodeURIComponent(gatewayId)}` })
  return understood(answer.status < 300 && read(answer.body), 'a payment request').paymentId
}

function reportOf(
  request: PaymentRequest,
  { method, channel, expiresAt }: Omit<KnownPayment, 'reference'>,
  paid?: Money,
): GatewayReport {
  const known = {
    gatewayId: request.gatewayId,
    expiresAt: request.expiresAt && request.expiresAt < expiresAt ? request.expiresAt : expiresAt,
    instructions: instructionsFor(method, { channel, ...request.actions }),
  }
  const money = paid ?? (request.status === 'SUCCEEDED' && !request.paymentId && request.amount)
  if (money) return { ...known, status: 'paid', paid: money }
  switch (request.status) {
    case 'REQUIRES_ACTION':
    case 'ACCEPTING_PAYMENTS':
    case 'PENDING':
    case 'AUTHORIZED':
      return { ...known, status: 'open' }
    case 'CANCELED':
      return { ...known, status: 'expired' }
    case 'EXPIRED':
      // A wallet gives up long before the hold ends; the buyer may try again. A virtual account is
      // open as long as the hold and a QRIS code for 48 hours, so when they have run out it is over.
      return method === 'ewallet'
        ? { ...known, status: 'denied', reason: 'EXPIRED' }
        : { ...known, status: 'expired' }
    case 'FAILED':
      return { ...known, status: 'denied', reason: request.failure ?? 'FAILED' }
    default:
      throw new Error(`xendit answered with a payment request that is ${request.status}`)
  }
}
