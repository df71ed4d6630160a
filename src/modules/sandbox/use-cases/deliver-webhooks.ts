import type { Delivery } from '../domain/delivery.ts'
import { afterAttempt } from '../domain/delivery-schedule.ts'
import type { Attempt, SandboxPorts } from '../ports.ts'

const atOnceMax = 64
/** How long those that were answered wait for the others to be written down together. */
const patienceMillis = 100

/** Sends the webhooks that are due. One that is not answered holds up no other. */
export async function deliverWebhooks(ports: SandboxPorts, signal: AbortSignal): Promise<void> {
  const sent: Attempt[] = []
  let underWay = 0
  const begin = async (delivery: Delivery) => {
    underWay++
    try {
      sent.push(await attempt(ports, delivery))
    } finally {
      underWay--
    }
  }
  for (;;) {
    await ports.deliveries.conclude(sent.splice(0))
    // What is under way is left to its lease.
    if (signal.aborted) return
    const room = atOnceMax - underWay
    const due = room > 0 ? await ports.deliveries.claim(ports.clock(), room) : []
    if (due.length === 0 && underWay === 0 && sent.length === 0) return
    const batch = Promise.all(due.map(begin))
    if (due.length > 0) await Promise.race([batch, ports.pause(patienceMillis)])
    else if (underWay > 0) await ports.pause(patienceMillis)
  }
}

/** Sends these now, one after another, whatever their state. */
export async function deliverThese(ports: SandboxPorts, ids: readonly string[]): Promise<void> {
  for (const delivery of await ports.deliveries.claimThese(ids)) {
    await ports.deliveries.conclude([await attempt(ports, delivery)])
  }
}

/** Sends now what a payment has caused and nothing holds back. */
export async function deliverPayment(ports: SandboxPorts, paymentId: string): Promise<void> {
  await deliverThese(ports, await ports.deliveries.pendingOf(paymentId, ports.clock()))
}

/**
 * An attempt happens at the moment it was due, so that a clock that leaps plays the whole schedule;
 * a gateway does not wait for a shop that was away either.
 */
async function attempt(ports: SandboxPorts, delivery: Delivery): Promise<Attempt> {
  const at = delivery.dueAt
  const outcome = await ports.send(delivery)
  const next = afterAttempt(delivery.gateway, delivery.attempts, outcome, at)
  return { id: delivery.id, at, outcome, ...next }
}
