import { err, ok, type Result } from '../../../kernel/result.ts'
import type { PaymentChoice } from '../contract.ts'
import type { OpenPayment, PaymentLimits } from '../domain/order.ts'
import type { BookingPorts } from '../ports.ts'

export type ChoosePaymentError = { kind: 'payment-method-unknown'; methods: readonly string[] }

export type ChosenPayment = { payment: OpenPayment; limits: PaymentLimits }

/** A new attempt to pay by the first offered method that is what the buyer chose. */
export function choosePayment(
  { payment }: Pick<BookingPorts, 'payment'>,
  paymentId: string,
  choice: PaymentChoice,
): Result<ChosenPayment, ChoosePaymentError> {
  const offered = payment.methods()
  const chosen = offered.find(
    (one) =>
      one.method === choice.method &&
      (choice.channel === undefined || one.channel === choice.channel) &&
      (choice.gateway === undefined || one.gateway === choice.gateway),
  )
  if (!chosen) {
    const methods = [...new Set(offered.map(({ method }) => method))]
    return err({ kind: 'payment-method-unknown', methods })
  }
  const { gateway, method, channel, amountMin, amountMax, currency } = chosen
  return ok({
    payment: { paymentId, gateway, method, channel, instructions: null },
    limits: { amountMin, amountMax, currency },
  })
}
