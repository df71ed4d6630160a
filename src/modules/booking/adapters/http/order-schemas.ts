import { Type, type Static } from 'typebox'
import { nullable } from '../../../../platform/schemas.ts'
import { publicIdPattern } from '../../../../kernel/id.ts'
import { idempotencyHeaders } from '../../../../platform/idempotency.ts'
import { person } from '../../../../platform/person-schemas.ts'
import { locale, orderStatus, paymentChoice, paymentInstructions } from '../../contract.ts'

/** May stand in the place of the query's, where it would be logged on its way. */
export const secretHeader = Type.Object({
  'x-order-secret': Type.Optional(
    Type.String({ description: 'Opens the order without an account.' }),
  ),
})

export const creationHeaders = Type.Object({
  ...idempotencyHeaders.properties,
  prefer: Type.Optional(
    Type.String({
      description: '`wait=5` waits so many seconds, 20 at most, for the payment instructions.',
    }),
  ),
})

export const placeOrderBody = Type.Object(
  {
    eventId: Type.String({ pattern: publicIdPattern('event') }),
    items: Type.Array(
      Type.Object(
        {
          ticketTypeId: Type.String({ pattern: publicIdPattern('tickettype') }),
          quantity: Type.Integer({ minimum: 1, maximum: 1_000 }),
          seats: Type.Optional(
            Type.Array(Type.String({ minLength: 1, maxLength: 20 }), {
              minItems: 1,
              maxItems: 1_000,
              description: 'Chosen seats, one per ticket. Left out: the best that are free.',
            }),
          ),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 20 },
    ),
    buyer: Type.Optional(
      Type.Object(
        {
          name: person.name,
          email: person.email,
          phone: Type.Optional(person.phone),
        },
        {
          additionalProperties: false,
          description: 'Needed from a guest; a user may leave it out.',
        },
      ),
    ),
    locale: Type.Optional(locale),
    payment: Type.Optional(
      Type.Object(paymentChoice.properties, {
        additionalProperties: false,
        description: 'Ask for payment at once; see GET /v1/payment-methods.',
      }),
    ),
  },
  {
    additionalProperties: false,
    examples: [
      {
        eventId: 'event-01980f3e-5a52-7c1d-9d4b-3f5a0c8e7b21',
        items: [{ ticketTypeId: 'tickettype-01980f3e-5a52-7c1d-9d4b-4a6b1d9f8c32', quantity: 2 }],
        buyer: { name: 'Sari Wijaya', email: 'sari@example.com' },
        payment: { method: 'invoice' },
      },
    ],
  },
)
export type PlaceOrderBody = Static<typeof placeOrderBody>

export const orderReply = Type.Object({
  id: Type.String(),
  eventId: Type.String(),
  status: orderStatus,
  items: Type.Array(
    Type.Object({
      ticketTypeId: Type.String(),
      name: Type.String(),
      quantity: Type.Integer(),
      unitPrice: Type.Integer(),
      seats: Type.Array(Type.String()),
    }),
  ),
  total: Type.Integer(),
  currency: Type.String(),
  buyer: Type.Object({ name: Type.String(), email: Type.String(), phone: nullable(Type.String()) }),
  placedAt: Type.String(),
  expiresAt: Type.String(),
  expiresInSeconds: Type.Integer({ description: '0 once the order is not pending any more.' }),
  payment: nullable(
    Type.Object({
      id: Type.String(),
      gateway: Type.String(),
      method: Type.String(),
      channel: nullable(Type.String()),
      instructions: nullable(paymentInstructions),
    }),
  ),
})
export type OrderReply = Static<typeof orderReply>

/** What the one who placed an order gets: also the secret that opens it without an account. */
export const placedOrderReply = Type.Object({ ...orderReply.properties, secret: Type.String() })

export const ordersReply = Type.Object({
  orders: Type.Array(orderReply),
  nextCursor: nullable(Type.String()),
})

export const timelineReply = Type.Object({
  status: orderStatus,
  timeline: Type.Array(
    Type.Object({
      at: Type.String(),
      kind: Type.Enum(['message', 'state', 'gateway-call', 'mail']),
      what: Type.String(),
      from: Type.String({ description: 'The module that tells.' }),
      detail: Type.Record(Type.String(), Type.Unknown()),
      traceId: Type.Optional(Type.String({ description: 'Its trace, where traces are kept.' })),
    }),
  ),
})

/** What a buyer sees of their money on its way back. */
export const refundsReply = Type.Object({
  refunds: Type.Array(
    Type.Object({
      id: Type.String(),
      paymentId: Type.String(),
      status: Type.Enum(['requested', 'done', 'refund_due'], {
        description: '`refund_due`: the gateway cannot do it, a person will.',
      }),
      amount: Type.Number(),
      currency: Type.String(),
      at: Type.String({ description: 'When it last changed.' }),
    }),
  ),
})

export const paymentsReply = Type.Object({
  payments: Type.Array(
    Type.Object({
      id: Type.String(),
      method: Type.String(),
      status: Type.String(),
      amount: Type.Integer(),
      currency: Type.String(),
      createdAt: Type.String(),
    }),
  ),
})
