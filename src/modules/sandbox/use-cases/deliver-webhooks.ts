import { afterAttempt, type Delivery } from '../domain/delivery.ts'
import type { SandboxPorts } from '../ports.ts'

/** Longer than an attempt can take. */
const leaseMillis = 60_000
const atOnceMax = 20

/** Sends the webhooks that are due. */
export async function deliverWebhooks(ports: SandboxPorts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const now = ports.clock()
    const until = new Date(now.getTime() + leaseMillis)
    const due = await ports.deliveries.claim(now, until, atOnceMax)
    if (due.length === 0) return
    await Promise.all(due.map((delivery) => deliver(ports, delivery)))
  }
}

async function deliver(ports: SandboxPorts, delivery: Delivery): Promise<void> {
  const outcome = await ports.send(delivery)
  const now = ports.clock()
  const next = afterAttempt(delivery.attempts, outcome, now)
  await ports.deliveries.conclude(delivery, { ...next, outcome }, now)
}
