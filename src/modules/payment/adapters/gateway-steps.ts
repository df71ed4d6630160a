import { reached } from '../../../platform/steps.ts'
import type { Gateway, GatewayCalls, PaymentPorts } from '../ports.ts'

/** The same gateways, saying when a process stands between a call and what is stored about it. */
export const withSteps = (gateways: PaymentPorts['gateways']): PaymentPorts['gateways'] =>
  Object.fromEntries(Object.entries(gateways).map(([name, gateway]) => [name, stepping(gateway)]))

const stepping = (gateway: Gateway): Gateway => ({
  ...gateway,
  ...steppingCalls(gateway),
  unhurried: steppingCalls(gateway.unhurried),
})

const steppingCalls = (gateway: GatewayCalls): GatewayCalls => ({
  ...gateway,
  async create(request) {
    reached('gateway.create-stored')
    const created = await gateway.create(request)
    reached('gateway.create-answered')
    return created
  },
  async close(gatewayId, payment) {
    const closed = await gateway.close(gatewayId, payment)
    reached('gateway.close-answered')
    return closed
  },
  async refund(request) {
    reached('gateway.refund-stored')
    const refunded = await gateway.refund(request)
    reached('gateway.refund-answered')
    return refunded
  },
})
