import { Type } from 'typebox'
import { nullable } from '../../../platform/schemas.ts'
import { publicIdPattern } from '../../../kernel/id.ts'

const eventId = Type.String({ pattern: publicIdPattern('event') })

export const orderParams = Type.Object({
  orderId: Type.String({ pattern: publicIdPattern('order') }),
})
export const eventParams = Type.Object({ eventId })

const secret = Type.String({ maxLength: 200 })
export const secretQuery = Type.Object({ secret: Type.Optional(secret) })
export const secretHeader = Type.Object({ 'x-order-secret': Type.Optional(secret) })

export const ticketsReply = Type.Object({
  tickets: Type.Array(
    Type.Object({
      id: Type.String(),
      ticketTypeId: Type.String(),
      type: Type.String({ description: 'The name of the ticket type.' }),
      seat: nullable(Type.String()),
      holderName: Type.String(),
      status: Type.Union([
        Type.Literal('valid'),
        Type.Literal('redeemed'),
        Type.Literal('revoked'),
      ]),
      code: Type.String({ description: 'What the QR code says.' }),
    }),
  ),
})

export const keysReply = Type.Object({
  keys: Type.Array(
    Type.Object({
      kty: Type.Literal('OKP'),
      crv: Type.Literal('Ed25519'),
      alg: Type.Literal('EdDSA'),
      use: Type.Literal('sig'),
      kid: Type.String({ description: 'Bytes 1 to 3 of a code, in hexadecimal.' }),
      x: Type.String(),
    }),
  ),
})

const scan = {
  code: Type.String({ maxLength: 512, description: 'What the scanner read, whatever it is.' }),
  at: Type.Optional(
    Type.String({
      format: 'date-time',
      maxLength: 40,
      description: 'When it was scanned, for scans sent later.',
    }),
  ),
}
const nonce = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[!-~]+$',
  description: 'Random and new for every scan; sent again with it, a scan has the same answer.',
})

export const checkInBody = Type.Object(
  { eventId, ...scan, nonce: Type.Optional(nonce) },
  {
    additionalProperties: false,
    examples: [
      {
        eventId: 'event-01980f3e-5a52-7c1d-9d4b-3f5a0c8e7b21',
        code: 'AQECAwGYDz5aUnwdnUtfWgyOeyE',
        nonce: 'b7c9d0e1f2a3',
      },
    ],
  },
)

export const checkInBatchBody = Type.Object(
  {
    eventId,
    scans: Type.Array(Type.Object({ ...scan, nonce }, { additionalProperties: false }), {
      minItems: 1,
      maxItems: 100,
    }),
  },
  { additionalProperties: false },
)

export const checkInReply = Type.Object({
  result: Type.Union([
    Type.Literal('ok'),
    Type.Literal('already_redeemed'),
    Type.Literal('revoked'),
    Type.Literal('wrong_event'),
    Type.Literal('unknown'),
  ]),
  ticket: Type.Optional(
    Type.Object({
      id: Type.String(),
      ticketTypeId: Type.String(),
      type: Type.String(),
      seat: nullable(Type.String()),
      holderName: Type.String(),
      redeemedAt: nullable(Type.String()),
    }),
  ),
})

export const checkInBatchReply = Type.Object({ results: Type.Array(checkInReply) })

export const countsReply = Type.Object({
  issued: Type.Integer({ description: 'Tickets that are not revoked, used or not.' }),
  redeemed: Type.Integer(),
  ticketTypes: Type.Array(
    Type.Object({
      ticketTypeId: Type.String(),
      name: Type.String(),
      issued: Type.Integer(),
      redeemed: Type.Integer(),
    }),
  ),
})
