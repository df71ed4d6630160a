import { advance, isOtherMoney, leftOpen } from '../domain/advance-payment.ts'
import type { GatewayReport, Payment, PaymentInput } from '../domain/payment.ts'
import type { Gateway, KnownPayment, PaymentPorts } from '../ports.ts'

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
  if (!result.ok) throw new Error(`payment ${paymentId}: ${input.type}: ${result.error.kind}`)
  return { before, after: result.value }
}

/**
 * Takes in what a gateway says of a payment. Money beside the money that paid it becomes a payment
 * of its own, once, so that it is settled, given back or parked like any other; and so does what
 * the buyer was shown, when another id of the gateway paid, so that it is closed.
 */
export async function hearReport(
  ports: PaymentPorts,
  paymentId: string,
  report: GatewayReport,
): Promise<Payment> {
  const { before, after } = await applyInput(ports, paymentId, { type: 'reported', report })
  const besideId = (gatewayId: string) =>
    ports.derivedId('beside', String(after.terms?.gateway), String(after.terms?.account), gatewayId)
  if (isOtherMoney(after, report)) {
    const id = besideId(report.gatewayId)
    await applyInput(ports, id, { type: 'other-money', paymentId: id, beside: after, report })
  }
  const gatewayId = leftOpen(before, after, report)
  if (gatewayId !== undefined) {
    const id = besideId(gatewayId)
    await applyInput(ports, id, { type: 'left-open', paymentId: id, beside: after, gatewayId })
  }
  return after
}

/** The gateway that has the payment; undefined when no gateway was ever asked for it. */
export function gatewayOf(ports: PaymentPorts, { terms }: Payment): Gateway | undefined {
  if (!terms?.gateway) return undefined
  const gateway = configuredGateway(ports, terms)
  if (!gateway) {
    throw new Error(
      `the gateway ${terms.gateway} (${terms.account}) is not configured, but has payments`,
    )
  }
  return gateway
}

/** Undefined also when the gateway moves another account's money now: a sandbox's, a test key's. */
export function configuredGateway(
  ports: PaymentPorts,
  terms: Payment['terms'],
): Gateway | undefined {
  const gateway = terms?.gateway ? ports.gateways[terms.gateway] : undefined
  return gateway && gateway.account === terms?.account ? gateway : undefined
}

/** The payment as its gateway is asked about it. */
export function known({ reference, terms, expiresAt, createdAt }: Payment): KnownPayment {
  const holdMillis = (terms?.holdSeconds ?? 0) * 1_000
  return {
    reference,
    method: terms?.method ?? '',
    channel: terms?.channel ?? null,
    expiresAt: expiresAt ?? new Date(createdAt.getTime() + holdMillis),
  }
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
