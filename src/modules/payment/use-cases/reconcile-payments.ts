import { silenceMillis, type Payment } from '../domain/payment.ts'
import type { Gateway, PaymentPorts } from '../ports.ts'
import { applyInput, callGateway } from './apply-input.ts'
import { closeAtGateway } from './close-at-gateway.ts'

/** At most so many questions in one run, and never more than half of what the gateway allows. */
const checksMax = 500
export const reconcileEveryMillis = 30_000

/**
 * Asks the gateways about payments that should have been heard of: open past their expiry, half
 * created, half closed, or with a refund under way.
 */
export async function reconcilePayments(ports: PaymentPorts, signal: AbortSignal): Promise<void> {
  for (const gateway of Object.values(ports.gateways)) {
    const rate = (gateway.createsPerSecond / 2) * (reconcileEveryMillis / 1_000)
    const countMax = Math.min(checksMax, Math.ceil(rate))
    const now = ports.clock()
    const until = new Date(now.getTime() + silenceMillis)
    for (const paymentId of await ports.duePayments.claim(gateway.name, now, until, countMax)) {
      if (signal.aborted) return
      const checked = ports.inTraceOf(paymentId, () => check(ports, gateway, paymentId))
      await checked.catch((error: Error) =>
        ports.log.warn({ err: error, paymentId }, 'payment not checked'),
      )
    }
  }
}

async function check(ports: PaymentPorts, gateway: Gateway, paymentId: string): Promise<void> {
  const payment = await ports.payments.find(paymentId)
  if (payment?.refund.status === 'requested') return checkRefund(ports, gateway, payment)
  if (payment?.status === 'cancelling') return closeAtGateway(ports, payment)
  if (payment?.status !== 'open' && payment?.status !== 'requested') return

  const { gatewayId } = payment
  const report = await callGateway(ports, paymentId, () =>
    gatewayId ? gateway.get(gatewayId, paymentId) : gateway.search(paymentId),
  )
  if (report) await applyInput(ports, paymentId, { type: 'reported', report })
}

async function checkRefund(ports: PaymentPorts, gateway: Gateway, payment: Payment): Promise<void> {
  const { id, gatewayId } = payment
  if (!gatewayId) return
  const report = await callGateway(ports, id, () => gateway.findRefund(gatewayId, id))
  if (report) await applyInput(ports, id, { type: 'refund-reported', report })
}
