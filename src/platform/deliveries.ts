import { counter, histogram, secondsBuckets } from './metrics.ts'
import type { FastifyBaseLogger } from 'fastify'
import type { Envelope } from '../kernel/message.ts'
import type { Subscription } from './bus.ts'
import { onBehalfOf } from './request-context.ts'
import { attributesOf, isTracing, traced } from './tracing.ts'

const deliveries = counter(
  'karcis_deliveries_total',
  'Messages delivered to a module: handled, or failed and to be tried again.',
  'module',
  'type',
  'outcome',
)
const seconds = histogram(
  'karcis_delivery_seconds',
  'How long modules took to handle a message.',
  secondsBuckets,
  'module',
)

/** The subscription, its deliveries counted, timed, and logged and traced as caused by their request. */
export function observed(
  { module, type, handle }: Subscription,
  log: FastifyBaseLogger,
): Subscription {
  return {
    module,
    type,
    handle: (envelope) =>
      onBehalfOf(envelope.requestid, () =>
        isTracing() ? inItsTrace(envelope) : deliver(envelope),
      ),
  }

  function inItsTrace(envelope: Envelope): Promise<void> {
    const { traceparent: parent } = envelope
    const attributes = { ...attributesOf(envelope), 'karcis.module': module }
    const about = { kind: 'consumer', parent, attributes } as const
    return traced(`${module} handles ${type}`, about, () => deliver(envelope))
  }

  async function deliver(envelope: Envelope): Promise<void> {
    const startedAt = performance.now()
    let outcome = 'failed'
    try {
      await handle(envelope)
      outcome = 'handled'
    } finally {
      const { id, subject } = envelope
      log.debug({ module, type, id, subject, outcome }, 'message delivered')
      deliveries.inc({ module, type, outcome })
      seconds.observe({ module }, (performance.now() - startedAt) / 1_000)
    }
  }
}
