import { advance, type Payment, type PaymentInput } from '../domain/payment.ts'
import type { Gateway, PaymentPorts } from '../ports.ts'

/** Advances a payment. Only a request or a cancel may name one that is not there. */
export async function applyInput(
  ports: PaymentPorts,
  paymentId: string,
  input: PaymentInput,
): Promise<{ before: Payment | undefined; after: Payment }> {
  let before: Payment | undefined
  const result = await ports.payments.update(paymentId, (current) => {
    before = current
    return advance(current, input, ports.clock())
  })
  if (!result.ok) throw new Error(`there is no payment ${paymentId}`)
  return { before, after: result.value }
}

/** The gateway that has the payment; undefined when no gateway was ever asked for it. */
export function gatewayOf(ports: PaymentPorts, { terms }: Payment): Gateway | undefined {
  if (!terms?.gateway) return undefined
  const gateway = ports.gateways[terms.gateway]
  if (!gateway) throw new Error(`the gateway ${terms.gateway} is not configured, but has payments`)
  return gateway
}

/** Calls the gateway; a call without a usable answer is noted on the payment and thrown. */
export async function callGateway<T>(
  ports: PaymentPorts,
  paymentId: string,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    await applyInput(ports, paymentId, { type: 'call-failed', reason: reason.slice(0, 200) })
    throw error
  }
}
