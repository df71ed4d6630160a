import type { Payment } from '../domain/payment.ts'
import type { Gateway, PaymentPorts } from '../ports.ts'
import { applyInput, callGateway, gatewayOf } from './apply-input.ts'

/** Brings a payment in `cancelling` to its end: closed unpaid, or paid after all. */
export async function closeAtGateway(ports: PaymentPorts, payment: Payment): Promise<void> {
  const gateway = gatewayOf(ports, payment)
  const report = gateway && (await callGateway(ports, payment.id, () => close(gateway, payment)))
  if (!report) {
    await applyInput(ports, payment.id, { type: 'absent' })
    return
  }
  const { after } = await applyInput(ports, payment.id, { type: 'reported', report })
  if (after.status === 'cancelling') {
    throw new Error(`payment ${payment.id} is still open at ${gateway.name}`)
  }
}

async function close(gateway: Gateway, payment: Payment) {
  const gatewayId = payment.gatewayId ?? (await gateway.search(payment.id))?.gatewayId
  return gatewayId === undefined ? undefined : gateway.close(gatewayId, payment.id)
}
