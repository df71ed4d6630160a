import { Type, type Static } from 'typebox'
import type { MessageOf } from '../../kernel/message.ts'
import type { TimelineEntry } from '../../kernel/timeline.ts'
import { paymentInstructions, type PaymentInstructions } from '../booking/contract.ts'

const paymentOfOrder = { orderId: Type.String(), paymentId: Type.String() }
/** What was paid; left out where nothing had been. */
const amountBack = {
  amount: Type.Optional(Type.Integer()),
  currency: Type.Optional(Type.String()),
}

/** The facts payment reports. Fields are only ever added; a changed meaning is a new type. */
export const paymentMessages = {
  'payment.requested': Type.Object(
    { ...paymentOfOrder, instructions: paymentInstructions, expiresAt: Type.String() },
    { description: 'The gateway accepted the payment; the buyer can pay as instructed.' },
  ),
  'payment.settled': Type.Object(
    { ...paymentOfOrder, amount: Type.Integer(), currency: Type.String() },
    { description: 'The gateway has the money, in the amount asked for.' },
  ),
  'payment.mismatched': Type.Object(
    { ...paymentOfOrder, amount: Type.Integer(), currency: Type.String() },
    {
      description: 'The gateway has money in another amount than asked for; a person must decide.',
    },
  ),
  'payment.failed': Type.Object(
    { ...paymentOfOrder, reason: Type.String() },
    { description: 'This attempt will not be paid: refused by the gateway or by the bank.' },
  ),
  'payment.expired': Type.Object(paymentOfOrder, {
    description: 'Closed at the gateway without having been paid.',
  }),
  'payment.reversed': Type.Object(paymentOfOrder, {
    description: 'A settled payment was taken back by the bank.',
  }),
  'payment.refunded': Type.Object(
    { ...paymentOfOrder, ...amountBack },
    { description: 'The whole payment was given back.' },
  ),
  'payment.refund-failed': Type.Object(
    { ...paymentOfOrder, ...amountBack, reason: Type.String() },
    { description: 'The gateway cannot give this payment back; a person must.' },
  ),
} as const

export type PaymentMessage = MessageOf<{
  [T in keyof typeof paymentMessages]: Static<(typeof paymentMessages)[T]>
}>

/** One way to pay that buyers are offered, and what it can do. */
export type PaymentMethod = {
  gateway: string
  /** `va`, `ewallet`, `qris`, `invoice`, `page`. */
  method: string
  /** The bank or the wallet, where the method has several. */
  channel: string | null
  currency: string
  amountMin: number
  amountMax: number
  /** How short and how long a payment can stay open; the two are equal where we have no say. */
  expirySecondsMin: number
  expirySecondsMax: number
  /** Set where the gateway asks for the buyer's phone number. */
  needsPhone?: true
  /** What the gateway itself can give back; the rest is paid out by hand. */
  refundable: 'full' | 'partial' | 'none'
}

/** A payment as other modules see it. */
export type PaymentSnapshot = {
  paymentId: string
  orderId: string
  method: string
  status: string
  amount: number
  currency: string
  createdAt: string
}

/** How the payment of an order stands; of several attempts the one that settled, else the last. */
export type PaymentOfOrder = {
  /** The order's. */
  id: string
  payment: {
    paymentId: string
    method: string
    status: string
    refundStatus: string
    amount: number
    currency: string
    /** Null until the gateway answered. */
    instructions: PaymentInstructions | null
    expiresAt: string | null
  } | null
}

/** `refund_due`: the gateway cannot give the money back, a person will. */
export type RefundStatus = 'requested' | 'done' | 'refund_due'

/** The giving back of a payment, as other modules see it. */
export type RefundSnapshot = {
  refundId: string
  paymentId: string
  orderId: string
  status: RefundStatus
  amount: number
  currency: string
  /** When it last changed. */
  at: string
}

/** What other modules may ask payment. */
export type PaymentApi = {
  /** Every attempt to pay an order, oldest first. */
  paymentsOf(orderId: string): Promise<PaymentSnapshot[]>
  /** What it knows of the life of an order, oldest first; empty for one it never heard of. */
  timelineOf(orderId: string): Promise<TimelineEntry[]>
  /** What of an order's money was or is to be given back, oldest payment first. */
  refundsOf(orderId: string): Promise<RefundSnapshot[]>
  /** The methods a buyer can choose from, in the order to show them. */
  methods(): readonly PaymentMethod[]
}
