import type { Money } from '../../../kernel/money.ts'
import type { Decision } from '../../../kernel/store.ts'
import type { PaymentInstructions } from '../../booking/contract.ts'
import type { PaymentMessage } from '../contract.ts'

/** One attempt to pay an order. What becomes of it is in advance-payment.ts. */
export type Payment = {
  /** Chosen by booking; also the refund of this payment is known by it. */
  id: string
  /** Our id for it at the gateway: its own, but for a payment that was found beside another. */
  reference: string
  orderId: string
  status: PaymentStatus
  /** Null when the cancel came before the request, which then finds the payment closed. */
  terms: PaymentTerms | null
  /** The gateway's own id, once it is known. */
  gatewayId: string | null
  instructions: PaymentInstructions | null
  expiresAt: Date | null
  /** What the gateway says was paid. */
  paid: Money | null
  settledAt: Date | null
  refund: Refund
  /** When the refund last changed; null without one. */
  refundAt: Date | null
  /** What a person decided about a wrong amount. */
  resolution: Resolution | null
  createdAt: Date
  /** When the gateway is to be asked again, should nothing be heard before. */
  checkAt: Date | null
  /** The last things that happened and all that people did, oldest first. */
  history: HistoryEntry[]
}

export const paymentStatuses = [
  'requested',
  'open',
  'cancelling',
  'settled',
  'failed',
  'expired',
  'mismatch',
  'reversed',
] as const
export type PaymentStatus = (typeof paymentStatuses)[number]

/** Whose money a gateway moves. What is of one account means nothing to another. */
export type GatewayAccount = 'sandbox' | 'test' | 'live'

/** `gateway` and `account` are null when no gateway offers the method. */
export type PaymentTerms = {
  eventId: string
  gateway: string | null
  account: GatewayAccount | null
  method: string
  channel: string | null
  amount: number
  currency: string
  holdSeconds: number
  /** How long after it settled the bank may still take the money back; 0: never. */
  reversibleSeconds: number
}

/** `attempt` counts from 1, and is left out of the first. */
export type Refund =
  | { status: 'none' }
  | { status: 'requested'; amount: number; attempt?: number }
  | { status: 'done'; amount: number; attempt?: number; byHand?: PaidOut }
  | { status: 'failed'; amount: number; attempt?: number; reason: string }
export const refundStatuses = [
  'none',
  'requested',
  'done',
  'failed',
] as const satisfies Refund['status'][]

/** Who paid money out by hand, and where that can be looked up. */
export type PaidOut = { by: string; at: string; reference: string; note: string }
export type Resolution = { what: 'accepted' | 'given-back'; by: string; at: string; note: string }
export type HistoryEntry = { at: string; what: string; by?: string }

/** How a payment stands at its gateway. */
export type GatewayReport = {
  gatewayId: string
  instructions: PaymentInstructions
  expiresAt: Date
} &
  /** `given-back`: refunded, by us or by someone at the gateway's own dashboard. */
  (
    | { status: 'open' | 'expired' | 'given-back' }
    /** It was refused, or ran out before its hold; of a settled payment: the money was taken back. */
    | { status: 'denied'; reason: string }
    /** `isSameCharge`: the id is another than before, yet there is nothing else to be paid. */
    | { status: 'paid'; paid: Money; isSameCharge?: true }
  )

/** How a refund stands at its gateway. */
export type RefundReport = { status: 'pending' | 'done' } | { status: 'failed'; reason: string }

export type FirstInput =
  | { type: 'request'; paymentId: string; orderId: string; terms: PaymentTerms }
  | { type: 'cancel'; paymentId: string; orderId: string }
  /** Money of an order under an id of the gateway that has no payment yet. */
  | { type: 'other-money'; paymentId: string; beside: Payment; report: PaidReport }
  /** Another id of the gateway paid; this one, which the buyer was shown, can still be paid. */
  | { type: 'left-open'; paymentId: string; beside: Payment; gatewayId: string }
export type PaidReport = Extract<GatewayReport, { status: 'paid' }>

/** What a person decides about money that no rule can move. `by` is the user's id. */
export type PersonInput =
  | { type: 'accept' | 'give-back'; by: string; note: string }
  | { type: 'retry-refund'; by: string }
  | { type: 'paid-out'; by: string; reference: string; note: string }

export type PaymentInput =
  | FirstInput
  | PersonInput
  | { type: 'refund' }
  | { type: 'reported'; report: GatewayReport }
  | { type: 'refund-reported'; report: RefundReport }
  /** The gateway knows nothing of this payment. */
  | { type: 'absent' }
  /** The gateway will not take this payment. */
  | { type: 'refused'; reason: string }
  /** The gateway gave no usable answer; the call will be repeated. */
  | { type: 'call-failed'; reason: string }

export type PaymentUnknown = { kind: 'payment-unknown' }
export type PersonError =
  | { kind: 'payment-not-parked'; paymentStatus: PaymentStatus }
  | { kind: 'refund-not-due'; refundStatus: Refund['status'] }
export type Change = Decision<Payment, PaymentMessage>

export const go = (state: Payment, ...messages: PaymentMessage[]): Change => ({ state, messages })

/** The gateway's name for the refund; another one each time a person has it tried again. */
export const refundReference = ({ id, refund }: Payment): string =>
  'attempt' in refund && refund.attempt ? `${id}-${refund.attempt}` : id

export const of = (attempt: number | undefined) => (attempt === undefined ? {} : { attempt })

export const isPersons = (input: PaymentInput): input is PersonInput => 'by' in input
