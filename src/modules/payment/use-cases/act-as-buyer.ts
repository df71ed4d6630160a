import type { PaymentPorts } from '../ports.ts'

/** Does at the sandbox what a buyer or a bank does with an open payment. */
export type SandboxBuyer = (
  gateway: string,
  gatewayId: string,
  act: 'pay' | 'expire',
) => Promise<void>

/**
 * Has the sandbox take the money for a payment, or end it; its webhook then tells, as a real one
 * would. A payment that is over is left alone.
 */
export async function actAsBuyer(
  { payments }: Pick<PaymentPorts, 'payments'>,
  buyer: SandboxBuyer,
  paymentId: string,
  act: 'pay' | 'expire',
): Promise<void> {
  const payment = await payments.find(paymentId)
  if (payment?.status !== 'open' || !payment.terms?.gateway || !payment.gatewayId) return
  await buyer(payment.terms.gateway, payment.gatewayId, act)
}
