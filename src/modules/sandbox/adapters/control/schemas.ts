import { Type } from 'typebox'
import { deliveryStatuses } from '../../domain/delivery-schedule.ts'
import { faultNames } from '../../domain/fault.ts'

const secondsMax = 366 * 86_400
const text = Type.String({ minLength: 1, maxLength: 255 })

export const paying = Type.Object(
  {
    amount: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1e12 })),
    fee: Type.Optional(Type.Number({ minimum: 0, maximum: 1e12 })),
    channel: Type.Optional(text),
    late: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

export const advancing = Type.Object(
  { seconds: Type.Integer({ minimum: 0, maximum: secondsMax }) },
  { additionalProperties: false },
)

export const addingFault = Type.Object(
  {
    fault: Type.Enum([...faultNames]),
    operation: Type.Optional(text),
    about: Type.Optional(text),
    times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    seconds: Type.Optional(Type.Integer({ minimum: 0, maximum: secondsMax })),
    status: Type.Optional(Type.Integer({ minimum: 400, maximum: 599 })),
  },
  { additionalProperties: false },
)

export const releasing = Type.Object(
  { ids: Type.Optional(Type.Array(Type.String({ format: 'uuid' }), { maxItems: 1_000 })) },
  { additionalProperties: false },
)

/** Of a button that says all by its address; without a body, or with an empty one. */
export const pressing = Type.Union([Type.Null(), Type.Object({}, { additionalProperties: false })])

const listing = {
  about: Type.Optional(text),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
}
export const listingPayments = Type.Object(listing, { additionalProperties: false })
export const listingDeliveries = Type.Object(
  { ...listing, status: Type.Optional(Type.Enum([...deliveryStatuses])) },
  { additionalProperties: false },
)

export const byId = Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) })
export const byUuid = Type.Object({ id: Type.String({ format: 'uuid' }) })
