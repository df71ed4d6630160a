import type { BookingMessage } from '../../booking/contract.ts'
import type { GatewayReport, Payment, PaymentTerms } from '../domain/payment.ts'
import type { GatewayCalls, PaymentPorts } from '../ports.ts'
import { applyInput, callGateway, gatewayOf, hearReport, known } from './apply-input.ts'
import { closeAtGateway, paidFirst } from './close-at-gateway.ts'

type RequestPayment = Extract<BookingMessage, { type: 'payment.request' }>['data']

/**
 * Asks a gateway for a way to pay. The attempt is stored before the gateway is called, so that a
 * lost answer is looked for under our own id and not asked for twice.
 */
export async function requestPayment(ports: PaymentPorts, command: RequestPayment): Promise<void> {
  const { paymentId, orderId } = command
  const terms = termsOf(ports, command)
  const request = { type: 'request', paymentId, orderId, terms } as const
  const { before, after } = await applyInput(ports, paymentId, request)
  if (after.status !== 'requested') return

  const gateway = gatewayOf(ports, after)
  const answer: Answer = gateway
    ? await callGateway(ports, paymentId, () => ask(ports, gateway, command, before))
    : { refused: 'METHOD_NOT_OFFERED' }
  if ('refused' in answer) {
    await applyInput(ports, paymentId, { type: 'refused', reason: answer.refused })
    return
  }
  let payment = after
  for (const report of answer.reports) payment = await hearReport(ports, paymentId, report)
  await finish(ports, payment, answer.reports)
}

/** A method, or an amount, that its gateway does not offer has no gateway. */
function termsOf(ports: PaymentPorts, command: RequestPayment): PaymentTerms {
  const { eventId, method, channel, amount, currency, holdSeconds } = command
  const gateway = ports.gateways[command.gateway]
  const offered = gateway?.methods.find(
    (one) => one.method === method && one.channel === channel && one.currency === currency,
  )
  const fits = offered && amount >= offered.amountMin && amount <= offered.amountMax
  const { name, account } = gateway && fits ? gateway : { name: null, account: null }
  const { reversibleSeconds = 0 } = offered ?? {}
  const asked = { eventId, method, channel, amount, currency, holdSeconds }
  return { ...asked, gateway: name, account, reversibleSeconds }
}

type Answer = { reports: GatewayReport[] } | { refused: string }

async function ask(
  ports: PaymentPorts,
  gateway: GatewayCalls,
  command: RequestPayment,
  before: Payment | undefined,
): Promise<Answer> {
  const found = before ? paidFirst(await gateway.search(known(before))) : []
  if (found.some(isOfUse)) return { reports: found }
  const returnUrl = ports.returnUrl(command.orderId)
  const created = await gateway.create({ ...command, returnUrl, at: ports.clock() })
  return created.ok ? { reports: [created.value] } : { refused: created.error.reason }
}

/** A lost answer may have been the only one that told how to pay. */
const isOfUse = ({ status, instructions }: GatewayReport): boolean =>
  status !== 'open' ||
  [instructions.checkoutUrl, instructions.vaNumber, instructions.qrString].some((way) => way)

/**
 * The payment may have been cancelled while the gateway created it. Or two deliveries of one
 * request created it twice, and this one came second.
 */
async function finish(
  ports: PaymentPorts,
  payment: Payment,
  reports: readonly GatewayReport[],
): Promise<void> {
  if (payment.status === 'cancelling') return closeAtGateway(ports, payment)
  for (const { gatewayId, status } of reports) {
    if (status !== 'open' || gatewayId === payment.gatewayId) continue
    const closed = await gatewayOf(ports, payment)?.close(gatewayId, known(payment))
    if (closed) await hearReport(ports, payment.id, closed)
  }
}
