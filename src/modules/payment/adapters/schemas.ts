import { Type, type Static } from 'typebox'
import { fromPublicId, publicIdPattern, toPublicId, type IdKind } from '../../../kernel/id.ts'
import { nullable } from '../../../platform/schemas.ts'
import { paymentStatuses, refundStatuses } from '../domain/payment.ts'
import { refundSnapshot, type ListedPayment } from './queries.ts'

const limitDefault = 20

/** How a list is paged: so many at once, going on after the one named. */
export const paging = (kind: IdKind) => ({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: limitDefault })),
  cursor: Type.Optional(Type.String({ pattern: publicIdPattern(kind), maxLength: 60 })),
})

type PageQuery<Status> = { status?: Status; limit?: number; cursor?: string }

export function pageOf<Status>(kind: IdKind, { status, limit, cursor }: PageQuery<Status>) {
  const after = cursor === undefined ? undefined : fromPublicId(kind, cursor)
  return { status, limit: limit ?? limitDefault, after: after?.ok ? after.value : undefined }
}

/** The path of a route about one thing. */
export const paramsOf = <Name extends string>(name: Name, kind: IdKind) =>
  Type.Object({
    [name]: Type.String({ pattern: publicIdPattern(kind), maxLength: 60 }),
  } as Record<Name, ReturnType<typeof Type.String>>)

export const paymentStatus = Type.Enum([...paymentStatuses])
export const refundStatus = Type.Enum([...refundStatuses])
export const publicRefundStatus = Type.Enum(['requested', 'done', 'refund_due'])

export const note = Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' })

export const instant = (at: Date | null): string | null => at?.toISOString() ?? null

const decision = { by: Type.String(), at: Type.String(), note: Type.String() }
const byHand = Type.Object({ ...decision, reference: Type.String() })
const history = Type.Array(
  Type.Object({ at: Type.String(), what: Type.String(), by: Type.Optional(Type.String()) }),
)

export const listedPayment = Type.Object({
  paymentId: Type.String(),
  orderId: Type.String(),
  status: paymentStatus,
  gateway: nullable(Type.String()),
  account: nullable(Type.String()),
  gatewayId: nullable(Type.String()),
  method: nullable(Type.String()),
  channel: nullable(Type.String()),
  amount: nullable(Type.Integer()),
  currency: nullable(Type.String()),
  paid: nullable(Type.Object({ amount: Type.Number(), currency: Type.String() })),
  settledAt: nullable(Type.String()),
  refund: Type.Object({
    status: refundStatus,
    amount: Type.Optional(Type.Number()),
    reason: Type.Optional(Type.String()),
  }),
  resolution: nullable(Type.Object({ what: Type.String(), ...decision })),
  expiresAt: nullable(Type.String()),
  createdAt: Type.String(),
  history,
})

export const listedRefund = Type.Object({
  refundId: Type.String(),
  paymentId: Type.String(),
  orderId: Type.String(),
  status: publicRefundStatus,
  amount: Type.Number(),
  currency: Type.String(),
  at: Type.String({ description: 'When it last changed.' }),
  gateway: nullable(Type.String()),
  method: nullable(Type.String()),
  channel: nullable(Type.String()),
  reason: nullable(Type.String({ description: 'Why the gateway cannot do it.' })),
  paidOut: nullable(byHand),
  history,
})

type People = { by: string }
const withPublicBy = <T extends People>(one: T): T => ({ ...one, by: toPublicId('user', one.by) })

const presentHistory = (entries: ListedPayment['history']): Static<typeof history> =>
  entries.map(({ by, ...entry }) => ({ ...entry, ...(by ? withPublicBy({ by }) : {}) }))

export const presentPayment = (payment: ListedPayment): Static<typeof listedPayment> => ({
  paymentId: toPublicId('payment', payment.id),
  orderId: toPublicId('order', payment.orderId),
  status: payment.status,
  gateway: payment.gateway,
  account: payment.account,
  gatewayId: payment.gatewayId,
  method: payment.method,
  channel: payment.channel,
  amount: payment.amount,
  currency: payment.currency,
  paid: payment.paid,
  settledAt: instant(payment.settledAt),
  refund: payment.refund,
  resolution: payment.resolution && withPublicBy(payment.resolution),
  expiresAt: instant(payment.expiresAt),
  createdAt: payment.createdAt.toISOString(),
  history: presentHistory(payment.history),
})

export function presentRefund(payment: ListedPayment): Static<typeof listedRefund> {
  const { refundId, paymentId, orderId, ...snapshot } = refundSnapshot(payment)
  const { refund, gateway, method, channel } = payment
  return {
    refundId: toPublicId('refund', refundId),
    paymentId: toPublicId('payment', paymentId),
    orderId: toPublicId('order', orderId),
    ...snapshot,
    gateway,
    method,
    channel,
    reason: refund.status === 'failed' ? refund.reason : null,
    paidOut: refund.status === 'done' && refund.byHand ? withPublicBy(refund.byHand) : null,
    history: presentHistory(payment.history),
  }
}
