import { conclude, type WebhookConclusion } from '../domain/webhook.ts'
import type { Gateway, GatewayNotice, KeptWebhook, PaymentPorts } from '../ports.ts'
import type { Payment } from '../domain/payment.ts'
import { applyInput, configuredGateway, hearReport, known } from './apply-input.ts'
import { knownRefund } from './refund-payment.ts'

/** Longer than any processing takes; a process that dies leaves its webhooks to the next. */
const leaseMillis = 30_000

/**
 * Acts on the webhooks that are due, or on the named one. A webhook is only a hint: nothing is
 * settled or refunded before the gateway confirms it on being asked. Resolves to how many there
 * were.
 */
export async function processWebhooks(
  ports: PaymentPorts,
  which: { id: string } | { countMax: number },
): Promise<number> {
  const now = ports.clock()
  const until = new Date(now.getTime() + leaseMillis)
  const claimed = await ports.inbox.claim(which, now, until)
  await Promise.all(claimed.map((webhook) => processOne(ports, webhook)))
  return claimed.length
}

async function processOne(ports: PaymentPorts, webhook: KeptWebhook): Promise<void> {
  const conclusion = await actOn(ports, webhook).catch((error: Error) =>
    conclude('failed', webhook.attempts, ports.clock(), error.message.slice(0, 500)),
  )
  await ports.inbox.conclude(webhook, conclusion, ports.clock())
  if (conclusion.status !== 'processed' && conclusion.status !== 'ignored') {
    const { status, error, retryAt } = conclusion
    ports.log.warn({ webhookId: webhook.id, status, error, retryAt }, 'webhook not processed')
  }
}

async function actOn(ports: PaymentPorts, webhook: KeptWebhook): Promise<WebhookConclusion> {
  const outcome = (status: WebhookConclusion['status']) =>
    conclude(status, webhook.attempts, ports.clock())
  const gateway = ports.gateways[webhook.gateway]
  if (!gateway) return outcome('failed')

  const notice = gateway.readWebhook(webhook.body, webhook.headers)
  if (notice.about === 'malformed') return outcome('malformed')
  if (notice.about === 'nothing-of-ours') return outcome('ignored')

  const id = 'reference' in notice ? notice.reference : notice.refundReference.slice(0, 36)
  const payment = uuid.test(id) ? await ports.payments.find(id) : undefined
  if (!payment || configuredGateway(ports, payment.terms) !== gateway) return outcome('unknown')
  const confirmed = await ports.inTraceOf(payment.id, () =>
    confirm(ports, gateway, notice, payment),
  )
  return outcome(confirmed ? 'processed' : 'unconfirmed')
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

type NoticeOfOurs = Extract<GatewayNotice, { about: 'payment' | 'refund' }>

async function confirm(
  ports: PaymentPorts,
  gateway: Gateway,
  notice: NoticeOfOurs,
  payment: Payment,
): Promise<boolean> {
  if (notice.about === 'refund') {
    const { gatewayId } = payment
    const report = gatewayId && (await gateway.findRefund(knownRefund(payment, gatewayId)))
    if (!report) return false
    await applyInput(ports, payment.id, { type: 'refund-reported', report })
    return true
  }
  const heard = await gateway.get(notice.gatewayId, known(payment))
  const report = heard ?? (await ofStored(gateway, notice.gatewayId, payment))
  if (!report || (notice.claimsPaid && report.status !== 'paid')) return false
  await hearReport(ports, payment.id, report)
  return true
}

/** A webhook may name a part of a payment that is not asked about on its own. */
async function ofStored(gateway: Gateway, named: string, payment: Payment) {
  const { gatewayId } = payment
  if (gatewayId === null || gatewayId === named) return undefined
  return gateway.get(gatewayId, known(payment))
}
