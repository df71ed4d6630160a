import { hash, timingSafeEqual } from 'node:crypto'
import { err, ok, type Result } from '../../../kernel/result.ts'
import type { GatewayReport, RefundReport } from '../domain/payment.ts'
import type { Gateway, GatewayRefusal, RefundRequest } from '../ports.ts'
import { jsonClient, type JsonAnswer } from './json-client.ts'
import {
  fieldsOf,
  readXenditInvoice,
  readXenditRefund,
  readXenditWebhook,
  reasonOf,
  toXenditAmount,
  toXenditInvoice,
} from './xendit-wire.ts'

type XenditOptions = {
  /** Without a slash at the end; `https://api.xendit.co`, or our own sandbox. */
  baseUrl: string
  secretKey: string
  /** What Xendit sends as `x-callback-token`. */
  callbackToken: string
  /** Default: what Xendit allows, 60 a minute with a test key and 600 with a live one. */
  createsPerSecond?: number
  fetch?: typeof fetch
}

type Client = (request: Parameters<ReturnType<typeof jsonClient>>[0]) => Promise<JsonAnswer>

/** Xendit's invoices: a hosted page on which the buyer chooses how to pay. */
export function xenditGateway(options: XenditOptions): Gateway {
  const { baseUrl, secretKey, callbackToken } = options
  const isTestKey = secretKey.startsWith('xnd_development_')
  const client = jsonClient({
    name: 'xendit',
    baseUrl,
    headers: { authorization: `Basic ${Buffer.from(`${secretKey}:`).toString('base64')}` },
    fetch: options.fetch ?? fetch,
    timeoutMillis: 15_000,
  })
  const get = (gatewayId: string, paymentId: string) => getInvoice(client, gatewayId, paymentId)

  return {
    name: 'xendit',
    methods: [{ method: 'invoice', channel: null }],
    createsPerSecond: options.createsPerSecond ?? (isTestKey ? 1 : 10),

    async create(request) {
      const body = toXenditInvoice(request)
      const answer = await client({ method: 'POST', path: '/v2/invoices', body })
      if (answer.status >= 300) return refused(answer)
      return ok(understood(readXenditInvoice(answer.body), 'a created invoice').report)
    },

    search: (paymentId) => searchInvoices(client, paymentId),
    get,

    async close(gatewayId, paymentId) {
      const path = `/invoices/${encodeURIComponent(gatewayId)}/expire!`
      await client({ method: 'POST', path })
      // What was not pending is refused with an error that Xendit does not document, so in any
      // case the invoice itself is asked how it stands.
      return get(gatewayId, paymentId)
    },

    refund: (request) => refund(client, request),
    findRefund: (gatewayId, paymentId) => findRefund(client, gatewayId, paymentId),

    isAuthentic: (headers) => {
      const token = headers['x-callback-token']
      return typeof token === 'string' && timingSafeEqual(digest(token), digest(callbackToken))
    },
    readWebhook: readXenditWebhook,
  }
}

const digest = (text: string): Buffer => hash('sha256', text, 'buffer')

async function getInvoice(
  client: Client,
  gatewayId: string,
  paymentId: string,
): Promise<GatewayReport | undefined> {
  const path = `/v2/invoices/${encodeURIComponent(gatewayId)}`
  const answer = await client({ method: 'GET', path })
  if (answer.status === 404) return undefined
  const invoice = understood(answer.status < 300 && readXenditInvoice(answer.body), 'an invoice')
  return invoice.externalId === paymentId ? invoice.report : undefined
}

async function searchInvoices(
  client: Client,
  paymentId: string,
): Promise<GatewayReport | undefined> {
  const path = `/v2/invoices?external_id=${encodeURIComponent(paymentId)}`
  const answer = await client({ method: 'GET', path })
  const list = understood(
    answer.status < 300 && Array.isArray(answer.body) && answer.body,
    'a list',
  )
  const reports = list
    .map((item) => understood(readXenditInvoice(item), 'an invoice'))
    .filter((invoice) => invoice.externalId === paymentId)
    .map((invoice) => invoice.report)
  const first = (status: GatewayReport['status']) => reports.find((r) => r.status === status)
  return first('paid') ?? first('open') ?? reports[0]
}

const underWay = ['REFUND_IN_PROGRESS', 'DUPLICATE_ERROR', 'IDEMPOTENCY_ERROR']
const passing = ['TEMPORARILY_UNAVAILABLE', 'INVALID_API_KEY']

async function refund(
  client: Client,
  request: RefundRequest,
): Promise<Result<RefundReport, GatewayRefusal>> {
  const { paymentId, gatewayId, currency, reason } = request
  const answer = await client({
    method: 'POST',
    path: '/refunds',
    headers: { 'idempotency-key': paymentId },
    body: {
      invoice_id: gatewayId,
      reference_id: paymentId,
      amount: toXenditAmount(request.amount, currency),
      currency,
      reason: 'CANCELLATION',
      metadata: { reason: reason.slice(0, 80) },
    },
  })
  if (answer.status < 300) return ok(understood(readXenditRefund(answer.body), 'a refund').report)
  const code = reasonOf(answer.status, answer.body)
  if (underWay.includes(code)) {
    return ok(understood(await findRefund(client, gatewayId, paymentId), 'a refund under way'))
  }
  if (passing.includes(code)) throw new Error(`xendit POST /refunds: ${code}`)
  return refused(answer)
}

async function findRefund(
  client: Client,
  gatewayId: string,
  paymentId: string,
): Promise<RefundReport | undefined> {
  const path = `/refunds?invoice_id=${encodeURIComponent(gatewayId)}`
  const answer = await client({ method: 'GET', path })
  const list = fieldsOf(answer.body)['data'] ?? answer.body
  const refunds = understood(answer.status < 300 && Array.isArray(list) && list, 'refunds')
  return refunds.map(readXenditRefund).find((refund) => refund?.referenceId === paymentId)?.report
}

const refused = ({ status, body }: JsonAnswer) =>
  err<GatewayRefusal>({ kind: 'gateway-refused', reason: reasonOf(status, body) })

/** An answer we cannot read tells nothing about the payment; the call is repeated. */
function understood<T>(value: T | undefined | false, what: string): T {
  if (value === undefined || value === false) throw new Error(`xendit answered without ${what}`)
  return value
}
