import { ok, type Result } from '../../../kernel/result.ts'
import type { PaymentPorts } from '../ports.ts'
import { processWebhooks } from './process-webhooks.ts'

export type ReplayWebhookError = { kind: 'webhook-not-found' } | { kind: 'webhook-was-refused' }

/** Processes a webhook again, whatever became of it. A forgery stays refused. */
export async function replayWebhook(
  ports: PaymentPorts,
  id: string,
): Promise<Result<undefined, ReplayWebhookError>> {
  const reopened = await ports.inbox.reopen(id, ports.clock())
  if (!reopened.ok) return reopened
  await processWebhooks(ports, { id })
  return ok(undefined)
}
