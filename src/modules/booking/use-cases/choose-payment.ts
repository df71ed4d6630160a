import { err, ok, type Result } from '../../../kernel/result.ts'
import type { PaymentMethod } from '../../payment/contract.ts'
import type { PaymentChoice } from '../contract.ts'
import type { OpenPayment, PaymentLimits } from '../domain/order.ts'
import type { BookingPorts } from '../ports.ts'

/**
 * `offered` is what there is instead of the part of the choice that there is not; with the part
 * `phone`, the channels that do without the buyer's phone number.
 */
export type ChoosePaymentError = {
  kind: 'payment-method-unknown'
  part: keyof PaymentChoice | 'phone'
  offered: readonly string[]
  methods: readonly string[]
}

export type ChosenPayment = { payment: OpenPayment; limits: PaymentLimits }

/** A new attempt to pay by the first offered method that is what the buyer chose. */
export function choosePayment(
  { payment }: Pick<BookingPorts, 'payment'>,
  paymentId: string,
  choice: PaymentChoice,
  phone: string | null,
): Result<ChosenPayment, ChoosePaymentError> {
  const offered = payment.methods()
  const byMethod = offered.filter((one) => one.method === choice.method)
  const byChannel = byMethod.filter(
    ({ channel }) => choice.channel === undefined || channel === choice.channel,
  )
  const byGateway = byChannel.filter(
    (one) => choice.gateway === undefined || one.gateway === choice.gateway,
  )
  const canDo = ({ needsPhone }: PaymentMethod) => !needsPhone || phone !== null
  const chosen = byGateway.find(canDo)
  if (!chosen) {
    const methods = namesIn(offered, 'method')
    const unknown = (part: keyof PaymentChoice, known: readonly PaymentMethod[]) =>
      err({ kind: 'payment-method-unknown', part, offered: namesIn(known, part), methods } as const)
    if (byMethod.length === 0) return unknown('method', offered)
    if (byChannel.length === 0) return unknown('channel', byMethod)
    if (byGateway.length === 0) return unknown('gateway', byChannel)
    const without = namesIn(byMethod.filter(canDo), 'channel')
    return err({ kind: 'payment-method-unknown', part: 'phone', offered: without, methods })
  }
  const { gateway, method, channel, amountMin, amountMax, currency } = chosen
  return ok({
    payment: { paymentId, gateway, method, channel, instructions: null },
    limits: { amountMin, amountMax, currency },
  })
}

function namesIn(methods: readonly PaymentMethod[], part: keyof PaymentChoice): string[] {
  const names = methods.map((method) => method[part]).filter((name) => name !== null)
  return [...new Set(names)]
}
