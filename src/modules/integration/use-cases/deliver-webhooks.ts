import { ok } from '../../../kernel/result.ts'
import { afterAttempt, withAttempt } from '../domain/delivery.ts'
import { noteOutcome } from '../domain/endpoint.ts'
import type { ClaimedDelivery, IntegrationPorts } from '../ports.ts'

const underWayMax = 64
/** Longer than an attempt can take; a process that dies leaves its deliveries to the next. */
const leaseMillis = 60_000

type Needs = IntegrationPorts & {
  /** Waits a moment, or until the signal is aborted. */
  pause(signal: AbortSignal): Promise<void>
  onError(error: unknown): void
}

/**
 * Sends what is due until the signal is aborted; what is under way then is given back. Nobody
 * waits for a slow endpoint: others are sent theirs meanwhile.
 */
export async function deliverWebhooks(ports: Needs, signal: AbortSignal): Promise<void> {
  const underWay = new Set<Promise<void>>()
  try {
    while (!signal.aborted) {
      const now = ports.clock()
      const until = new Date(now.getTime() + leaseMillis)
      const room = underWayMax - underWay.size
      const claimed = room > 0 ? await ports.deliveries.claim(now, until, room) : []
      for (const delivery of claimed) {
        const work = deliver(ports, delivery, signal)
          .catch(ports.onError)
          .finally(() => underWay.delete(work))
        underWay.add(work)
      }
      // Each that is done makes room for another of its endpoint.
      if (claimed.length === 0) await Promise.race([ports.pause(signal), ...underWay])
    }
  } finally {
    await Promise.all(underWay)
  }
}

async function deliver(
  ports: IntegrationPorts,
  delivery: ClaimedDelivery,
  signal: AbortSignal,
): Promise<void> {
  const { id, endpointId, url, body, attempts, history } = delivery
  const begunAt = ports.clock()
  const headers = ports.signatures.headersFor(delivery, begunAt)
  const outcome = await ports.send({ url, headers, body }, signal)
  if (!outcome) return ports.deliveries.release(id)

  const now = ports.clock()
  await ports.deliveries.conclude(id, {
    ...afterAttempt(attempts + 1, outcome, now, ports.chance()),
    history: withAttempt(history, outcome, begunAt),
    response: outcome.response ?? null,
  })
  await ports.endpoints.update(endpointId, (endpoint) =>
    endpoint ? ok(noteOutcome(endpoint, outcome, now)) : { ok: false, error: 'removed meanwhile' },
  )
}
