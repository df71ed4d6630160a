import { counter, histogram, secondsBuckets } from './metrics.ts'
import type { Subscription } from './bus.ts'

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

/** The subscription, with its deliveries counted and timed. */
export function measured({ module, type, handle }: Subscription): Subscription {
  return {
    module,
    type,
    async handle(envelope) {
      const startedAt = performance.now()
      let outcome = 'failed'
      try {
        await handle(envelope)
        outcome = 'handled'
      } finally {
        deliveries.inc({ module, type, outcome })
        seconds.observe({ module }, (performance.now() - startedAt) / 1_000)
      }
    },
  }
}
