import { silenceMillis } from '../domain/next-check.ts'
import type { Payment } from '../domain/payment.ts'
import type { GatewayCalls, PaymentPorts } from '../ports.ts'
import { applyInput, callGateway, hearReport, known } from './apply-input.ts'
import { closeAtGateway, paidFirst } from './close-at-gateway.ts'
import { refundAtGateway } from './refund-payment.ts'

/** At most so many questions in one run, and never more than half of what the gateway allows. */
const checksMax = 500
export const reconcileEveryMillis = 30_000

/**
 * Asks the gateways about payments that should have been heard of: open past their expiry, half
 * created, half closed, ended yet payable a while longer, paid yet reversible a while longer, or
 * with a refund under way.
 */
export async function reconcilePayments(ports: PaymentPorts, signal: AbortSignal): Promise<void> {
  for (const gateway of Object.values(ports.gateways)) {
    const rate = (gateway.callsPerSecond / 2) * (reconcileEveryMillis / 1_000)
    const countMax = Math.min(checksMax, Math.ceil(rate))
    const now = ports.clock()
    const until = new Date(now.getTime() + silenceMillis)
    for (const paymentId of await ports.duePayments.claim(gateway, now, until, countMax)) {
      if (signal.aborted) return
      const checked = ports.inTraceOf(paymentId, () => check(ports, gateway.unhurried, paymentId))
      await checked.catch((error: Error) =>
        ports.log.warn({ err: error, paymentId }, 'payment not checked'),
      )
    }
  }
}

async function check(ports: PaymentPorts, calls: GatewayCalls, paymentId: string): Promise<void> {
  const payment = await ports.payments.find(paymentId)
  if (!payment) return
  if (payment.refund.status === 'requested') return checkRefund(ports, payment)
  if (payment.status === 'cancelling') return closeAtGateway(ports, payment, calls)

  const { gatewayId } = payment
  const reports = await callGateway(ports, paymentId, async () => {
    if (gatewayId === null) return paidFirst(await calls.search(known(payment)))
    const report = await calls.get(gatewayId, known(payment))
    return report ? [report] : []
  })
  if (reports.length === 0) await applyInput(ports, paymentId, { type: 'absent' })
  for (const report of reports) await hearReport(ports, paymentId, report)
}

/** A refund is looked for, and asked for again when the gateway never heard of it. */
const checkRefund = (ports: PaymentPorts, payment: Payment): Promise<void> =>
  refundAtGateway(ports, payment, { reason: 'asked for again', isFirst: false, canWait: true })
