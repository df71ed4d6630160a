import type { Gateway, GatewayCalls } from '../ports.ts'
import { callPacer, type CallPacer, type Urgency } from './call-pacer.ts'
import { jsonClient } from './json-client.ts'
import { midtransCore } from './midtrans-core.ts'
import { midtransMethods } from './midtrans-methods.ts'
import { findRefundAtMidtrans, refundAtMidtrans } from './midtrans-refunds.ts'
import { midtransSnap } from './midtrans-snap.ts'
import { isSignedNotification, midtransClient, readNotification } from './midtrans-wire.ts'
import type { Wire } from './wire.ts'

type MidtransOptions = {
  /** Core API, without a slash at the end; `https://api.midtrans.com`, or our own sandbox. */
  baseUrl: string
  /** Snap, without `/snap`; `https://app.midtrans.com`, or our own sandbox. */
  snapUrl: string
  serverKey: string
  /** What the key moves; Midtrans tells by the host, not by the key. */
  account: Gateway['account']
  clock: () => Date
  /** Midtrans publishes no limit; the default is well below what it is known to bear. */
  callsPerMinute?: number | undefined
  /** Once aborted, no call is waited for any more. */
  signal?: AbortSignal | undefined
  fetch?: typeof fetch
}

/** Midtrans drops a notification it cannot deliver in 15 seconds; we give it as long to answer. */
const timeoutMillis = 15_000

/** Midtrans: Core API charges (VA, Mandiri bill, GoPay, QRIS) and Snap's hosted page. */
export function midtransGateway(options: MidtransOptions): Gateway {
  const { serverKey, account, callsPerMinute = 300 } = options
  // Our own sandbox bears anything.
  const perSecond = account === 'sandbox' ? Infinity : callsPerMinute / 60
  const pacer = callPacer({ perSecond, burst: Math.max(1, 2 * perSecond) }, options.signal)
  return {
    ...midtransCalls(options, pacer, 'sale'),
    unhurried: midtransCalls(options, pacer, 'unhurried'),
    name: 'midtrans',
    account,
    methods: midtransMethods,
    callsPerSecond: perSecond,
    isAuthentic: (body) => isSignedNotification(body, serverKey),
    readWebhook: readNotification,
  }
}

function midtransCalls(options: MidtransOptions, pacer: CallPacer, urgency: Urgency): GatewayCalls {
  const { baseUrl, snapUrl, serverKey, clock } = options
  const client = (url: string) =>
    midtransClient(
      jsonClient({
        name: 'midtrans',
        baseUrl: url,
        headers: { authorization: `Basic ${Buffer.from(`${serverKey}:`).toString('base64')}` },
        fetch: options.fetch ?? fetch,
        signal: options.signal,
        timeoutMillis,
        pacer,
        urgency,
      }),
    )
  const core = client(baseUrl)
  const charges = midtransCore(core)
  const pages = midtransSnap({ core, snap: client(snapUrl), clock })
  const wireOf = ({ method }: { method: string }): Wire => (method === 'page' ? pages : charges)
  return {
    create: (request) => wireOf(request).create(request),
    search: (payment) => wireOf(payment).search(payment),
    get: (gatewayId, payment) => wireOf(payment).get(gatewayId, payment),
    close: (gatewayId, payment) => wireOf(payment).close(gatewayId, payment),
    refund: (request) => refundAtMidtrans(core, request),
    findRefund: (request) => findRefundAtMidtrans(core, request),
  }
}
