import { Type, type Static } from 'typebox'
import type { MessageOf } from '../../kernel/message.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])

export const locale = Type.Union([Type.Literal('id'), Type.Literal('en')])
export type Locale = Static<typeof locale>

export const buyer = Type.Object({
  /** Null for a guest, who is known by e-mail alone. */
  userId: nullable(Type.String()),
  name: Type.String(),
  email: Type.String(),
  phone: nullable(Type.String()),
  locale,
})

export const orderItem = Type.Object({
  ticketTypeId: Type.String(),
  name: Type.String(),
  quantity: Type.Integer({ minimum: 1 }),
  unitPrice: Type.Integer({ minimum: 0 }),
  /** The labels of the chosen seats, one per ticket; empty when the type has no seats. */
  seats: Type.Array(Type.String()),
})

export const orderStatus = Type.Union([
  Type.Literal('pending'),
  Type.Literal('paid'),
  Type.Literal('expired'),
  Type.Literal('cancelled'),
  Type.Literal('refunding'),
  Type.Literal('refunded'),
  Type.Literal('refund_due'),
])
export type OrderStatus = Static<typeof orderStatus>

/** How a buyer wants to pay, out of `PaymentApi.methods()`. */
export const paymentChoice = Type.Object(
  {
    method: Type.String({ minLength: 1, maxLength: 40 }),
    channel: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 40,
        description: 'The bank or the wallet. Left out: the first that the method has.',
      }),
    ),
    gateway: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 40,
        description: 'Left out: the first that offers the method.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type PaymentChoice = Static<typeof paymentChoice>

/** How a buyer can pay: whatever of these the method gives. */
export const paymentInstructions = Type.Object({
  method: Type.String(),
  checkoutUrl: nullable(Type.String()),
  vaNumber: nullable(Type.String()),
  channel: nullable(Type.String()),
  qrString: nullable(Type.String()),
  billerCode: Type.Optional(
    Type.String({ description: 'Of a bill, paid by this code and the number in vaNumber.' }),
  ),
  qrUrl: Type.Optional(Type.String({ description: 'The QR code as an image.' })),
})
export type PaymentInstructions = Static<typeof paymentInstructions>

/** An order as other modules see it. */
export const orderSnapshot = Type.Object({
  orderId: Type.String(),
  eventId: Type.String(),
  eventTitle: Type.String(),
  eventStartsAt: Type.String(),
  eventLocation: Type.String(),
  status: orderStatus,
  buyer,
  items: Type.Array(orderItem),
  total: Type.Integer({ minimum: 0 }),
  currency: Type.String(),
  expiresAt: Type.String(),
  /** Confirmed by a mailed link instead of paid; whoever asks for that also writes its mails. */
  byConfirmation: Type.Optional(Type.Boolean()),
})
export type OrderSnapshot = Static<typeof orderSnapshot>

const orderFact = (description: string) => Type.Object({ order: orderSnapshot }, { description })
/** Money that came for an order: what was paid, whatever the order costs. */
const moneyReceived = Type.Object({
  paymentId: Type.String(),
  amount: Type.Integer(),
  currency: Type.String(),
})
export type MoneyReceived = Static<typeof moneyReceived>
const moneyFact = (description: string) =>
  Type.Object({ order: orderSnapshot, payment: Type.Optional(moneyReceived) }, { description })

/** The messages booking sends: commands to the modules that act for it, and facts about orders. */
export const bookingMessages = {
  'payment.request': Type.Object(
    {
      orderId: Type.String(),
      /** Chosen by booking, so that a repeated command is the same payment. */
      paymentId: Type.String(),
      eventId: Type.String(),
      gateway: Type.String(),
      method: Type.String(),
      channel: nullable(Type.String()),
      /**
       * The digits that the buyer was told their virtual account number ends with. The gateway is
       * asked for them, and may give others all the same.
       */
      vaDigits: Type.Optional(Type.String()),
      amount: Type.Integer({ minimum: 1 }),
      currency: Type.String(),
      description: Type.String(),
      buyer,
      items: Type.Array(orderItem),
      /** How long the buyer has to pay once the instructions are ready. */
      holdSeconds: Type.Integer({ minimum: 1 }),
    },
    { description: 'Ask the gateway for a way to pay an order.' },
  ),
  'payment.cancel': Type.Object(
    { orderId: Type.String(), paymentId: Type.String() },
    {
      description:
        'Close a payment at the gateway. Answered by payment.expired, or payment.settled if it was paid.',
    },
  ),
  'payment.refund': Type.Object(
    {
      orderId: Type.String(),
      paymentId: Type.String(),
      amount: Type.Integer({ minimum: 1 }),
      currency: Type.String(),
      reason: Type.String(),
    },
    { description: 'Give a settled payment back. Answered by payment.refunded or refund-failed.' },
  ),
  'confirmation.ask': Type.Object(
    { orderId: Type.String() },
    { description: 'Ask the buyer by mail to confirm an order; feeds booking:send_confirmation.' },
  ),
  'confirmation.withdraw': Type.Object(
    { orderId: Type.String() },
    {
      description:
        'Tell the buyer that an order to be confirmed, or confirmed, is cancelled; feeds booking:delete.',
    },
  ),
  'ticket.issue': Type.Object(
    { order: orderSnapshot },
    { description: 'Issue the tickets of a paid order.' },
  ),
  'ticket.revoke': Type.Object(
    { orderId: Type.String(), eventId: Type.String() },
    { description: 'The tickets of an order no longer admit anyone.' },
  ),
  'order.awaiting-payment': Type.Object(
    { order: orderSnapshot, instructions: paymentInstructions },
    { description: 'The buyer can pay now; tells them how.' },
  ),
  'order.paid': orderFact('Money arrived in time; tickets are on their way.'),
  'order.expired': orderFact('Nobody paid in time; the stock is free again.'),
  'order.cancelled': orderFact('Buyer or organiser cancelled before payment; the stock is free.'),
  'order.refunding': orderFact('Money that arrived is being given back.'),
  'order.refunded': moneyFact('The money was given back.'),
  'order.payment-mismatch': moneyFact(
    'Money arrived in another amount than asked for; it buys nothing, and a person must decide.',
  ),
  'order.payment-returned': moneyFact(
    'Money that does not pay the order, in another amount or a second time, was given back.',
  ),
  'order.refund-due': moneyFact('The gateway cannot give the money back; a person must.'),
} as const

export type BookingMessage = MessageOf<{
  [T in keyof typeof bookingMessages]: Static<(typeof bookingMessages)[T]>
}>

/** How much of a ticket type is sold or held. */
export type StockLevel = { ticketTypeId: string; capacity: number; taken: number }

/** What opens an order without an account. Made of a key alone, so that any process can. */
export type OrderSecrets = {
  /** For links in mails to the order's buyer alone. */
  secretOf(orderId: string): string
  /** True when the secret is the one the order's buyer was given. Compares in constant time. */
  opens(orderId: string, secret: string): boolean
}

/** Why an order cannot be paid as its buyer wishes. */
export type PayOrderRefusal =
  | 'order-not-found'
  | 'order-not-payable'
  | 'hold-over'
  | 'too-many-attempts'
  | 'idempotency-key-reused'
  | 'payment-method-unknown'
  | 'amount-not-payable'

/** What other modules may ask booking. */
export type BookingApi = {
  findOrder(orderId: string): Promise<OrderSnapshot | undefined>
  /** Begins a new attempt to pay; a repeated `paymentId` begins nothing. Resolves to a refusal. */
  payOrder(
    orderId: string,
    paymentId: string,
    choice: PaymentChoice,
  ): Promise<PayOrderRefusal | undefined>
  /** The stock of an event's ticket types, and the version of the terms it is sold on. */
  stockOf(eventId: string): Promise<{ offerVersion: number; levels: StockLevel[] } | undefined>
  /** The least capacity that leaves every held or sold ticket of a type, and its seat, in place. */
  capacityMin(eventId: string, ticketTypeId: string): Promise<number>
  /** How many tickets are left of each of these events; an event it does not sell is left out. */
  leftOf(eventIds: readonly string[]): Promise<Record<string, number>>
}
