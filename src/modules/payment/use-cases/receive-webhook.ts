import { err, ok, type Result } from '../../../kernel/result.ts'
import type { PaymentPorts, ReceivedWebhook } from '../ports.ts'

/**
 * Keeps a webhook as it came in, before anything is done about it. Resolves to its id, undefined
 * for one that was kept before.
 */
export async function receiveWebhook(
  ports: PaymentPorts,
  webhook: ReceivedWebhook,
): Promise<Result<string | undefined, { kind: 'webhook-not-authentic' }>> {
  const gateway = ports.gateways[webhook.gateway]
  if (!gateway) throw new Error(`there is no gateway ${webhook.gateway}`)
  const body = new TextDecoder().decode(webhook.body)
  if (!gateway.isAuthentic(body, webhook.headers)) {
    await ports.inbox.keepRefused(webhook, ports.clock())
    return err({ kind: 'webhook-not-authentic' })
  }
  const { key } = gateway.readWebhook(body, webhook.headers)
  return ok(await ports.inbox.keep(webhook, key, ports.clock()))
}
