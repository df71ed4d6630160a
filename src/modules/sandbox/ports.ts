import type { Delivery } from './domain/delivery.ts'
import type { DeliveryStatus, Outcome } from './domain/delivery-schedule.ts'
import type { Fault, Occasion } from './domain/fault.ts'
import type { Merchant } from './domain/merchant.ts'
import type { GatewayName, Payment } from './domain/payment.ts'

/** Everything the sandbox needs from the world. */
export type SandboxPorts = {
  payments: Payments
  deliveries: Deliveries
  controls: Controls
  /** Sends a webhook to the merchant. */
  send(delivery: Delivery): Promise<Outcome>
  /** Where a gateway sends what no payment says otherwise. */
  webhookUrls: Record<GatewayName, string>
  merchant: Merchant
  /** The sandbox's own time, which the control page puts ahead. */
  clock: () => Date
  newId: () => string
  /** So many random digits. */
  newDigits: (count: number) => string
  pause: (millis: number) => Promise<void>
}

/** Both writes keep the deliveries they cause in the same statement. */
export type Payments = {
  /** False when a live payment stands against it. */
  create(payment: Payment, deliveries: readonly Delivery[]): Promise<boolean>
  /** False when it is no longer the version that was read. */
  change(payment: Payment, deliveries: readonly Delivery[]): Promise<boolean>
  find(id: string): Promise<Payment | undefined>
  /** The newest first. */
  search(wanted: PaymentSearch, countMax: number): Promise<Payment[]>
  /** Payments that are over, or have a refund that is. */
  due(at: Date, countMax: number): Promise<string[]>
}

export type PaymentSearch = {
  gateway?: GatewayName
  kind?: Payment['kind']
  reference?: string
  parentId?: string
  /** Any number that ends like this. */
  number?: string
  refundId?: string
}

export type Deliveries = {
  /** Takes webhooks that are due, the earliest first; others leave them alone for a minute. */
  claim(at: Date, countMax: number): Promise<Delivery[]>
  /** Takes these, whatever their state, in this order. */
  claimThese(ids: readonly string[]): Promise<Delivery[]>
  /** The ids of those of a payment, and of what was made on its page, that are due. */
  pendingOf(paymentId: string, at: Date): Promise<string[]>
  conclude(attempts: readonly Attempt[]): Promise<void>
  add(deliveries: readonly Delivery[]): Promise<void>
}

export type Attempt = {
  id: string
  status: DeliveryStatus
  dueAt: Date
  at: Date
  outcome: Outcome
}

/** What the control page has set. */
export type Controls = {
  /** To be awaited before anything else here is asked. */
  ready(): Promise<void>
  aheadMillis(): number
  callbackUrl(type: string): string | undefined
  /** The faults that befall this, each of which has one time less to do so. */
  take(occasion: Occasion): Promise<Fault[]>
}
