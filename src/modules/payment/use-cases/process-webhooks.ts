import { conclude, type WebhookConclusion } from '../domain/webhook.ts'
import type { Gateway, GatewayNotice, KeptWebhook, PaymentPorts } from '../ports.ts'
import { applyInput } from './apply-input.ts'

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
  await ports.inbox.conclude(webhook.id, conclusion, ports.clock())
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

  const payment = uuid.test(notice.paymentId) && (await ports.payments.find(notice.paymentId))
  if (!payment || payment.terms?.gateway !== gateway.name) return outcome('unknown')
  const confirmed = await confirm(ports, gateway, notice, payment.gatewayId)
  return outcome(confirmed ? 'processed' : 'unconfirmed')
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

type NoticeOfOurs = Extract<GatewayNotice, { about: 'payment' | 'refund' }>

async function confirm(
  ports: PaymentPorts,
  gateway: Gateway,
  notice: NoticeOfOurs,
  knownGatewayId: string | null,
): Promise<boolean> {
  const { paymentId } = notice
  if (notice.about === 'refund') {
    const report = knownGatewayId && (await gateway.findRefund(knownGatewayId, paymentId))
    if (!report) return false
    await applyInput(ports, paymentId, { type: 'refund-reported', report })
    return true
  }
  const report = await gateway.get(notice.gatewayId, paymentId)
  if (!report || (notice.claimsPaid && report.status !== 'paid')) return false
  await applyInput(ports, paymentId, { type: 'reported', report })
  return true
}
