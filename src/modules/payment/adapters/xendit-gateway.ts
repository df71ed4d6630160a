import { isSameSecret } from '../../../platform/secrets.ts'
import type { Gateway, GatewayCalls } from '../ports.ts'
import { callPacer, type CallPacer, type Urgency } from './call-pacer.ts'
import { jsonClient, type JsonClient, type JsonRequest } from './json-client.ts'
import type { Wire } from './wire.ts'
import { xenditInvoices } from './xendit-invoices.ts'
import { xenditMethods } from './xendit-methods.ts'
import { xenditPaymentRequests } from './xendit-payment-requests.ts'
import { findRefundAtXendit, refundAtXendit } from './xendit-refunds.ts'
import { xenditSessions } from './xendit-sessions.ts'
import { readXenditWebhook } from './xendit-wire.ts'

type XenditOptions = {
  /** Without a slash at the end; `https://api.xendit.co`, or our own sandbox. */
  baseUrl: string
  secretKey: string
  /** What Xendit sends as `x-callback-token`. */
  callbackToken: string
  /** What the account was allowed, where it is not the usual. */
  callsPerMinute?: number | undefined
  /** Our own sandbox: it has no limit of calls, and its payments are no one else's. */
  sandbox?: boolean
  /** Once aborted, no call is waited for any more. */
  signal?: AbortSignal | undefined
  fetch?: typeof fetch
}

/** Nobody waits longer for an answer; what became of the call is then found out otherwise. */
const timeoutMillis = 15_000

/** Xendit: invoices, payment requests (VA, e-wallets, QRIS) and sessions, each in its own wire. */
export function xenditGateway(options: XenditOptions): Gateway {
  const { secretKey, callbackToken, sandbox = false } = options
  const isTestKey = secretKey.startsWith('xnd_development_')
  const { callsPerMinute = isTestKey ? 60 : 600 } = options
  const rate = sandbox ? unlimited : withinMinute(callsPerMinute)
  const pacer = callPacer(rate, options.signal)
  return {
    ...xenditCalls(options, pacer, 'sale'),
    unhurried: xenditCalls(options, pacer, 'unhurried'),
    name: 'xendit',
    account: sandbox ? 'sandbox' : isTestKey ? 'test' : 'live',
    methods: xenditMethods,
    callsPerSecond: rate.perSecond,
    isAuthentic: (_body, headers) => {
      const token = headers['x-callback-token']
      return typeof token === 'string' && isSameSecret(token, callbackToken)
    },
    readWebhook: readXenditWebhook,
  }
}

/**
 * Xendit allows 60 calls of an endpoint in any minute with a test key, 600 with a live one. A burst
 * of a quarter and three quarters a minute after it stay within, should all calls be of one kind.
 */
const withinMinute = (calls: number) => ({
  perSecond: (0.75 * calls) / 60,
  burst: Math.max(1, calls / 4),
})
const unlimited = { perSecond: Infinity, burst: Infinity }

/** The products that are told apart by a version. */
const versioned = /^\/(v3|sessions)\b/
const withVersion = ({ headers }: JsonRequest) => ({ ...headers, 'api-version': '2024-11-11' })

function xenditCalls(options: XenditOptions, pacer: CallPacer, urgency: Urgency): GatewayCalls {
  const { baseUrl, secretKey } = options
  const plain = jsonClient({
    name: 'xendit',
    baseUrl,
    headers: {
      authorization: `Basic ${Buffer.from(`${secretKey}:`).toString('base64')}`,
    },
    fetch: options.fetch ?? fetch,
    signal: options.signal,
    timeoutMillis,
    pacer,
    urgency,
  })
  const client: JsonClient = (request) =>
    plain(versioned.test(request.path) ? { ...request, headers: withVersion(request) } : request)
  const invoices = xenditInvoices(client)
  const sessions = xenditSessions(client)
  const paymentRequests = xenditPaymentRequests(client)
  const wireOf = ({ method }: { method: string }): Wire =>
    ({ invoice: invoices, page: sessions })[method] ?? paymentRequests
  return {
    create: (request) => wireOf(request).create(request),
    search: (payment) => wireOf(payment).search(payment),
    get: (gatewayId, payment) => wireOf(payment).get(gatewayId, payment),
    close: (gatewayId, payment) => wireOf(payment).close(gatewayId, payment),
    refund: (request) => refundAtXendit(client, request),
    findRefund: (request) => findRefundAtXendit(client, request),
  }
}
