import { distort, newDelivery, type Delivery } from '../domain/delivery.ts'
import { webhookFaults } from '../domain/fault.ts'
import { callbackTypeOf, noticesOf } from '../domain/notices.ts'
import type { Payment } from '../domain/payment.ts'
import type { SandboxPorts } from '../ports.ts'

/** The webhooks that a change causes, as the faults of the moment leave them. */
export async function queueNotices(
  { controls, webhookUrls, merchant, newId }: SandboxPorts,
  before: Payment | undefined,
  after: Payment,
): Promise<Delivery[]> {
  const queued: Delivery[] = []
  for (const notice of noticesOf(before, after, merchant)) {
    const { event } = notice
    const usual = controls.callbackUrl(callbackTypeOf(event)) ?? webhookUrls[after.gateway]
    const about = [after.id, after.reference]
    const faults = await controls.take({ names: webhookFaults, operation: event, about })
    for (const url of after.webhookUrls ?? [usual]) {
      const delivery = newDelivery(after, notice, { id: newId(), url, at: after.updatedAt })
      queued.push(...distort(delivery, faults, newId))
    }
  }
  return queued
}
