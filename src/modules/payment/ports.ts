import type { Result } from '../../kernel/result.ts'
import type { Store } from '../../kernel/store.ts'
import type { BookingMessage } from '../booking/contract.ts'
import type { PaymentMessage, PaymentMethod } from './contract.ts'
import type { GatewayReport, Payment, RefundReport } from './domain/payment.ts'
import type { WebhookConclusion } from './domain/webhook.ts'

/** Everything payment needs from the world. */
export type PaymentPorts = {
  payments: Store<Payment, PaymentMessage>
  duePayments: DuePayments
  inbox: Inbox
  /** By name, in the order in which their methods are offered. */
  gateways: Readonly<Record<string, Gateway>>
  confirmations: Confirmations
  /** Where buyers find the shop; the gateway sends them back there. */
  returnUrl: (orderId: string) => string
  /** Does work for a payment in the trace of its request, so that an order has one trace. */
  inTraceOf<T>(paymentId: string, work: () => Promise<T>): Promise<T>
  clock: () => Date
  log: { warn(details: object, text: string): void }
}

/**
 * A payment gateway, whatever it speaks. A call whose outcome is not known (no answer, an answer
 * that makes no sense, 429, 5xx) throws, and is then repeated; its errors carry no secret.
 */
export type Gateway = {
  name: string
  /** What buyers can choose from. */
  methods: readonly Omit<PaymentMethod, 'gateway'>[]
  /** How many payments it lets us create; `Infinity` when there is no limit. */
  createsPerSecond: number
  /** Not idempotent: after a lost answer, `search` first. */
  create(request: GatewayRequest): Promise<Result<GatewayReport, GatewayRefusal>>
  /** The payment we created under our own id. Of several the paid one, else the open one. */
  search(paymentId: string): Promise<GatewayReport | undefined>
  /** By the gateway's id; undefined also when it belongs to another payment of ours. */
  get(gatewayId: string, paymentId: string): Promise<GatewayReport | undefined>
  /** Closes the payment if it is open, and tells how it stands then. */
  close(gatewayId: string, paymentId: string): Promise<GatewayReport | undefined>
  /** Idempotent per `paymentId`. */
  refund(request: RefundRequest): Promise<Result<RefundReport, GatewayRefusal>>
  findRefund(gatewayId: string, paymentId: string): Promise<RefundReport | undefined>
  /** Whether a webhook carries the secret that only the gateway knows. */
  isAuthentic(headers: WebhookHeaders): boolean
  /** Never throws: a body that makes no sense is a notice about nothing. */
  readWebhook(body: string, headers: WebhookHeaders): GatewayNotice
}

export type GatewayRequest = Extract<BookingMessage, { type: 'payment.request' }>['data'] & {
  /** Where the buyer goes after paying. */
  returnUrl: string
}
export type RefundRequest = {
  paymentId: string
  gatewayId: string
  amount: number
  currency: string
  reason: string
}
/** `reason` is the gateway's own code. */
export type GatewayRefusal = { kind: 'gateway-refused'; reason: string }

export type WebhookHeaders = Readonly<Record<string, string | string[] | undefined>>

/**
 * What a webhook claims, to be confirmed with the gateway. `key` is the same for every delivery of
 * one webhook.
 */
export type GatewayNotice = { key: string } & (
  | { about: 'payment'; paymentId: string; gatewayId: string; claimsPaid: boolean }
  | { about: 'refund'; paymentId: string }
  | { about: 'nothing-of-ours' }
  | { about: 'malformed' }
)

/** Payments that the buyer makes by opening a mailed link, known to the gateway `confirmation`. */
export type Confirmations = {
  /** What the link carries; the same whenever it is asked for. */
  codeOf(paymentId: string): string
  findByCode(code: string): Promise<{ paymentId: string; orderId: string } | undefined>
  /** False when it is over or was closed. Confirming twice is confirming once. */
  confirm(paymentId: string, at: Date): Promise<boolean>
}

export type DuePayments = {
  /** Takes payments of a gateway that are due for a check, and makes them due again at `until`. */
  claim(gateway: string, at: Date, until: Date, countMax: number): Promise<string[]>
}

export type ReceivedWebhook = { gateway: string; body: Uint8Array; headers: WebhookHeaders }
export type KeptWebhook = {
  id: string
  gateway: string
  body: string
  headers: WebhookHeaders
  /** How often it was taken up, this time included. */
  attempts: number
}

/** Every webhook that came in, as it came in. */
export type Inbox = {
  /** Resolves to its id once it is safe; undefined when this key was kept before. */
  keep(webhook: ReceivedWebhook, key: string, at: Date): Promise<string | undefined>
  /** Notes a forgery, for as long as there are not too many of them. */
  keepRefused(webhook: ReceivedWebhook, at: Date): Promise<void>
  /** Takes webhooks that are due, or the named one if it is; others leave them alone until `until`. */
  claim(which: { id: string } | { countMax: number }, at: Date, until: Date): Promise<KeptWebhook[]>
  conclude(id: string, conclusion: WebhookConclusion, at: Date): Promise<void>
  /** Makes a webhook due again as if it had just come. */
  reopen(
    id: string,
    at: Date,
  ): Promise<Result<undefined, { kind: 'webhook-not-found' } | { kind: 'webhook-was-refused' }>>
}
