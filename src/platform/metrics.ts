import {
  AggregatorRegistry,
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type Metric,
} from 'prom-client'

/**
 * What this process counts. A metric is declared once, where it is counted, by a constant of its
 * file; its labels hold words of ours (a route's pattern, a state) and never what a caller sent.
 */
const registry = new Registry()
const registers = [registry]

/** The metrics of one process, or of the database, as they travel between processes. */
export type Snapshot = {
  name: string
  help: string
  type: 'counter' | 'gauge' | 'histogram' | 'summary'
  values: Measured[]
}[]
type Measured = {
  value: number
  labels: Record<string, string | number>
  /** The name of a part, as of a bucket of a histogram; by default that of the metric. */
  metricName?: string
}

/** A number that grows. A labelled series that alerts watch is to be begun with `inc(labels, 0)`. */
export const counter = <Label extends string>(
  name: string,
  help: string,
  ...labelNames: Label[]
): Counter<Label> => new Counter({ name, help, labelNames, registers })

/** How often a value fell below each of the `buckets`; durations are in seconds. */
export const histogram = <Label extends string>(
  name: string,
  help: string,
  buckets: number[],
  ...labelNames: Label[]
): Histogram<Label> => new Histogram({ name, help, labelNames, buckets, registers })

/** Upper bounds for durations of what should take milliseconds and may take seconds. */
export const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

export type Reading<Label extends string> = { labels: Record<Label, string>; value: number }

/**
 * A value as it is at the scrape. Each call of the answer adds something that has it; what has
 * ended answers undefined and is not asked again. Values with equal labels are summed.
 */
export function gauge<Label extends string>(name: string, help: string, ...labelNames: Label[]) {
  const sources = new Set<() => Reading<Label>[] | undefined>()
  new Gauge({
    name,
    help,
    labelNames,
    registers,
    collect() {
      this.reset()
      for (const source of sources) {
        const readings = source()
        if (!readings) sources.delete(source)
        for (const { labels, value } of readings ?? []) this.inc(labels, value)
      }
    },
  })
  return (source: () => Reading<Label>[] | undefined): void => void sources.add(source)
}

/** Adds a metric that keeps its own numbers, because the library's way of counting is too slow. */
export function ownMetric(
  about: Omit<Snapshot[number], 'values'> & { labelNames: string[] },
  values: () => Measured[],
): void {
  const get = () => ({ ...about, values: values() })
  registry.registerMetric({ ...about, get } as unknown as Metric)
}

/** Has this process measure itself: processor, memory, garbage collection, event loop. */
export function measureProcess(): void {
  if (!registry.getSingleMetric('process_cpu_seconds_total')) {
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 })
  }
}

/** All metrics of this process, each series labelled with the name of the process. */
export async function snapshotOf(processName: string): Promise<Snapshot> {
  const metrics = (await registry.getMetricsAsJSON()) as unknown as Snapshot
  return metrics.map(({ name, help, type, values }) => ({
    name,
    help,
    type,
    values: values.map((value) => ({
      ...value,
      labels: { ...value.labels, process: processName },
    })),
  }))
}

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE

/** Snapshots as one text of Prometheus; no two of them may have the same series. */
export function metricsText(snapshots: readonly Snapshot[]): Promise<string> {
  const summed = snapshots.map((metrics) =>
    metrics.map((metric) => ({ ...metric, aggregator: 'sum' })),
  )
  return AggregatorRegistry.aggregate(summed).metrics()
}

/** What there is to count in this process, for the page that explains it. */
export const declaredMetrics = (): Described[] =>
  (registry.getMetricsAsArray() as unknown as (Described & { labelNames?: string[] })[]).map(
    ({ name, help, type, labelNames = [] }) => ({ name, help, type, labelNames }),
  )
type Described = Omit<Snapshot[number], 'values'> & { labelNames: string[] }
