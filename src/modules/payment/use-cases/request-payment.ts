import type { BookingMessage } from '../../booking/contract.ts'
import type { Payment, PaymentInput } from '../domain/payment.ts'
import type { Gateway, PaymentPorts } from '../ports.ts'
import { applyInput, callGateway, gatewayOf } from './apply-input.ts'
import { closeAtGateway } from './close-at-gateway.ts'

type RequestPayment = Extract<BookingMessage, { type: 'payment.request' }>['data']

/**
 * Asks a gateway for a way to pay. The attempt is stored before the gateway is called, so that a
 * lost answer is looked for under our own id and not asked for twice.
 */
export async function requestPayment(ports: PaymentPorts, command: RequestPayment): Promise<void> {
  const { paymentId, orderId, eventId, method, amount, currency } = command
  const gatewayName = ports.gateways[command.gateway]?.name ?? null
  const terms = { eventId, gateway: gatewayName, method, amount, currency }
  const request = { type: 'request', paymentId, orderId, terms } as const
  const { before, after } = await applyInput(ports, paymentId, request)
  if (after.status !== 'requested') return

  const gateway = gatewayOf(ports, after)
  const isFirst = before === undefined
  const input: PaymentInput = gateway
    ? await callGateway(ports, paymentId, () => ask(ports, gateway, command, isFirst))
    : { type: 'refused', reason: 'METHOD_NOT_OFFERED' }
  const answered = await applyInput(ports, paymentId, input)
  await finish(ports, answered.after, input)
}

async function ask(
  ports: PaymentPorts,
  gateway: Gateway,
  command: RequestPayment,
  isFirst: boolean,
): Promise<PaymentInput> {
  const found = isFirst ? undefined : await gateway.search(command.paymentId)
  if (found) return { type: 'reported', report: found }
  const returnUrl = ports.returnUrl(command.orderId)
  const created = await gateway.create({ ...command, returnUrl })
  return created.ok
    ? { type: 'reported', report: created.value }
    : { type: 'refused', reason: created.error.reason }
}

/**
 * The payment may have been cancelled while the gateway created it. Or two deliveries of one
 * request created it twice, and this one came second.
 */
async function finish(ports: PaymentPorts, payment: Payment, input: PaymentInput): Promise<void> {
  if (payment.status === 'cancelling') return closeAtGateway(ports, payment)
  if (input.type !== 'reported' || input.report.gatewayId === payment.gatewayId) return
  const { gatewayId } = input.report
  await gatewayOf(ports, payment)?.close(gatewayId, payment.id)
}
