import type { GatewayReport, Payment } from '../domain/payment.ts'
import type { GatewayCalls, PaymentPorts } from '../ports.ts'
import { applyInput, callGateway, gatewayOf, hearReport, known } from './apply-input.ts'

/** Brings a payment in `cancelling` to its end: closed unpaid, or paid after all. */
export async function closeAtGateway(
  ports: PaymentPorts,
  payment: Payment,
  calls: GatewayCalls | undefined = gatewayOf(ports, payment),
): Promise<void> {
  const reports = calls && (await callGateway(ports, payment.id, () => close(calls, payment)))
  if (!reports?.length) {
    await applyInput(ports, payment.id, { type: 'absent' })
    return
  }
  let after = payment
  for (const report of reports) after = await hearReport(ports, payment.id, report)
  if (after.status === 'cancelling') {
    throw new Error(`payment ${payment.id} is still open at ${payment.terms?.gateway}`)
  }
}

/** Of a payment that was created twice all are closed, and the paid one is heard first. */
async function close(calls: GatewayCalls, payment: Payment): Promise<GatewayReport[]> {
  const found = payment.gatewayId === null ? await calls.search(known(payment)) : []
  const gatewayIds =
    payment.gatewayId === null ? found.map((r) => r.gatewayId) : [payment.gatewayId]
  const reports: GatewayReport[] = []
  for (const gatewayId of gatewayIds) {
    const report = await calls.close(gatewayId, known(payment))
    if (report) reports.push(report)
  }
  return paidFirst(reports)
}

const rank = { paid: 0, open: 1, expired: 2, denied: 3, 'given-back': 4 }

/** In the order to hear them: money first, then what can still be paid. */
export const paidFirst = (reports: readonly GatewayReport[]): GatewayReport[] =>
  reports.toSorted((a, b) => rank[a.status] - rank[b.status])
