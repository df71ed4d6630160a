import type { Bus, BusCounts } from './bus.ts'
import { readingsFailed } from './database-gauges.ts'
import { gauge } from './metrics.ts'
import type { Task } from './module.ts'

/**
 * What the processes that deliver know of the bus. Others, and who cannot ask it, show no jobs and
 * none parked, so the largest number is the true one, and `karcis_readings_failed_total` tells.
 */
const known = new Set<{ counts?: BusCounts | undefined }>()
const counts = () => [...known].flatMap((one) => one.counts ?? [])

gauge(
  'karcis_jobs',
  'Deliveries under way: waiting to be handled, or failing and to be tried again (brokers do not tell how many fail).',
  'state',
)(() =>
  counts().flatMap(({ waiting, failing = 0 }) => [
    { labels: { state: 'waiting' }, value: waiting },
    { labels: { state: 'failing' }, value: failing },
  ]),
)

gauge(
  'karcis_parked_messages',
  'Deliveries that failed until their attempts were used up, and wait for a person.',
)(() => counts().map(({ parked }) => ({ labels: {}, value: parked })))

const countMillisMax = 10_000

/** Counts what is on the bus, for the metrics. */
export function countingDeliveries(bus: Pick<Bus, 'counts'>): Task {
  const own: { counts?: BusCounts | undefined } = {}
  known.add(own)
  return {
    name: 'count-deliveries',
    everyMillis: 15_000,
    async run(signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(countMillisMax)])
      const late = new Promise<never>((_, reject) => {
        limit.addEventListener('abort', () => reject(limit.reason as Error))
      })
      // Numbers of before would hide that the bus is away, which the relays tell in the log.
      own.counts = await Promise.race([bus.counts(), late]).catch(() => void readingsFailed.inc())
    },
  }
}
