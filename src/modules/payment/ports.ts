import type { Result } from '../../kernel/result.ts'
import type { Store } from '../../kernel/store.ts'
import type { BookingMessage } from '../booking/contract.ts'
import type { PaymentMessage, PaymentMethod } from './contract.ts'
import type { GatewayAccount, GatewayReport, Payment, RefundReport } from './domain/payment.ts'
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
  /** An id made of what it stands for. */
  derivedId: (...parts: string[]) => string
  log: { warn(details: object, text: string): void }
}

/**
 * A payment gateway, whatever it speaks. A call whose outcome is not known (no answer, an answer
 * that makes no sense, 429, 5xx) throws, and is then repeated; its errors carry no secret.
 */
export type Gateway = GatewayCalls & {
  name: string
  account: GatewayAccount
  /** What buyers can choose from. */
  methods: readonly GatewayMethod[]
  /** How many calls of all kinds it lets us make; `Infinity` when there is no limit. */
  callsPerSecond: number
  /** The same calls for work that can wait: they let sales go first and keep within their share. */
  unhurried: GatewayCalls
  /** Whether a webhook carries the proof that only the gateway can give. */
  isAuthentic(body: string, headers: WebhookHeaders): boolean
  /** Never throws: a body that makes no sense is a notice about nothing. */
  readWebhook(body: string, headers: WebhookHeaders): GatewayNotice
}

export type GatewayMethod = Omit<PaymentMethod, 'gateway'> & {
  /** How long after it settled the bank may still take the money back; 0: never. */
  reversibleSeconds: number
}

export type GatewayCalls = {
  /** Not idempotent: after a lost answer, `search` first. */
  create(request: GatewayRequest): Promise<Result<GatewayReport, GatewayRefusal>>
  /**
   * What the gateway has under our own id; it may have created one payment twice. Empty also where
   * it cannot be asked by our id: what was lost there was never shown to anyone who could pay it.
   */
  search(payment: KnownPayment): Promise<GatewayReport[]>
  /** By the gateway's id; undefined also when it belongs to another payment of ours. */
  get(gatewayId: string, payment: KnownPayment): Promise<GatewayReport | undefined>
  /** Closes the payment if it is open, and tells how it stands then. */
  close(gatewayId: string, payment: KnownPayment): Promise<GatewayReport | undefined>
  /** Idempotent per `refundReference`. */
  refund(request: RefundRequest): Promise<Result<RefundReport, GatewayRefusal>>
  findRefund(request: KnownRefund): Promise<RefundReport | undefined>
}

/** A payment as its gateway is asked about it. */
export type KnownPayment = {
  reference: string
  method: string
  channel: string | null
  /** What the payment ends at where the gateway does not say. */
  expiresAt: Date
}

type RequestedPayment = Extract<BookingMessage, { type: 'payment.request' }>['data']
export type GatewayRequest = RequestedPayment & {
  /** Where the buyer goes after paying. */
  returnUrl: string
  /** Now. */
  at: Date
}
export type KnownRefund = KnownPayment & { gatewayId: string; refundReference: string }
export type RefundRequest = KnownRefund & { amount: number; currency: string; reason: string }
/** `reason` is the gateway's own code. */
export type GatewayRefusal = { kind: 'gateway-refused'; reason: string }

export type WebhookHeaders = Readonly<Record<string, string | string[] | undefined>>

/**
 * What a webhook claims, to be confirmed with the gateway. `key` is the same for every delivery of
 * one webhook.
 */
export type GatewayNotice = { key: string } & (
  | { about: 'payment'; reference: string; gatewayId: string; claimsPaid: boolean }
  | { about: 'refund'; refundReference: string }
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
  claim(
    gateway: Pick<Gateway, 'name' | 'account'>,
    at: Date,
    until: Date,
    countMax: number,
  ): Promise<string[]>
}

export type ReceivedWebhook = { gateway: string; body: Uint8Array; headers: WebhookHeaders }
/** Resolves once the webhook is safe, before anything is done about it. */
export type AcceptWebhook = (
  webhook: ReceivedWebhook,
) => Promise<Result<undefined, { kind: 'webhook-not-authentic' | 'unavailable' }>>
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
  /**
   * Resolves to its id once it is safe; undefined when this key was kept before. One that nothing
   * came of, or that was taken up and is not concluded, is due again: whoever sends it again may
   * know that it is true by now.
   */
  keep(webhook: ReceivedWebhook, key: string, at: Date): Promise<string | undefined>
  /** Notes a forgery, for as long as there are not too many of them. */
  keepRefused(webhook: ReceivedWebhook, at: Date): Promise<void>
  /** Takes webhooks that are due, or the named one if it is; others leave them alone until `until`. */
  claim(which: { id: string } | { countMax: number }, at: Date, until: Date): Promise<KeptWebhook[]>
  /** Leaves it to whoever took the webhook up since, who may know better. */
  conclude(
    taken: Pick<KeptWebhook, 'id' | 'attempts'>,
    conclusion: WebhookConclusion,
    at: Date,
  ): Promise<void>
  /** Makes a webhook due again as if it had just come. */
  reopen(
    id: string,
    at: Date,
  ): Promise<Result<undefined, { kind: 'webhook-not-found' } | { kind: 'webhook-was-refused' }>>
}
