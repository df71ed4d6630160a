import type { Money } from '../../../kernel/money.ts'
import type { PaymentMessage } from '../contract.ts'
import type { GatewayReport, Payment } from './payment.ts'

const message = <M extends PaymentMessage>(
  { id, orderId }: Payment,
  type: M['type'],
  details: Omit<M['data'], 'paymentId' | 'orderId'>,
) => ({ type, key: orderId, data: { orderId, paymentId: id, ...details } }) as M

type Of<Type extends PaymentMessage['type']> = Extract<PaymentMessage, { type: Type }>

export const requested = (payment: Payment, { instructions, expiresAt }: GatewayReport) =>
  message<Of<'payment.requested'>>(payment, 'payment.requested', {
    instructions,
    expiresAt: expiresAt.toISOString(),
  })
export const settled = (payment: Payment, paid: Money) =>
  message<Of<'payment.settled'>>(payment, 'payment.settled', paid)
export const mismatched = (payment: Payment, paid: Money) =>
  message<Of<'payment.mismatched'>>(payment, 'payment.mismatched', paid)
export const failed = (payment: Payment, reason: string) =>
  message<Of<'payment.failed'>>(payment, 'payment.failed', { reason })
export const expired = (payment: Payment) =>
  message<Of<'payment.expired'>>(payment, 'payment.expired', {})
export const reversed = (payment: Payment) =>
  message<Of<'payment.reversed'>>(payment, 'payment.reversed', {})
export const refunded = (payment: Payment) =>
  message<Of<'payment.refunded'>>(payment, 'payment.refunded', { ...payment.paid })
export const refundFailed = (payment: Payment, reason: string) =>
  message<Of<'payment.refund-failed'>>(payment, 'payment.refund-failed', {
    ...payment.paid,
    reason,
  })
