import type pg from 'pg'
import { setTimeout as pause } from 'node:timers/promises'
import { counter, type Snapshot } from './metrics.ts'

/**
 * A value that the database knows. `sql` answers a row per series: a column per label, and `value`.
 * It may be slow where nothing else would be exact: it is asked the more rarely the longer it takes.
 */
export type DatabaseGauge = { name: string; help: string; labels: readonly string[]; sql: string }

const freshMillis = 5_000
/** A question that takes a second is asked again after 100: at most 1 % of one processor. */
const restFactor = 100
const patienceMillis = 1_000

export const readingsFailed = counter(
  'karcis_readings_failed_total',
  'Questions to the database or the bus for these metrics that failed or took too long; their gauges are left out.',
)

type Known = { values: Snapshot[number]['values']; askAfter: number; asking?: Promise<void> }

/**
 * Reads gauges from the database. Answers are kept for five seconds or more, and nobody waits for
 * a slow one longer than a second: it comes with a later scrape.
 */
export function databaseGauges(
  pool: pg.Pool,
  gauges: readonly DatabaseGauge[],
): () => Promise<Snapshot> {
  const known = new Map<DatabaseGauge, Known>(
    gauges.map((gauge) => [gauge, { values: [], askAfter: 0 }]),
  )

  async function ask(gauge: DatabaseGauge, kept: Known): Promise<void> {
    const startedAt = performance.now()
    try {
      kept.values = await read(pool, gauge)
    } catch {
      kept.values = []
      readingsFailed.inc()
    }
    const tookMillis = performance.now() - startedAt
    kept.askAfter = performance.now() + Math.max(freshMillis, tookMillis * restFactor)
    delete kept.asking
  }

  return async () => {
    const asking = [...known].flatMap(([gauge, kept]) => {
      if (performance.now() >= kept.askAfter) kept.asking ??= ask(gauge, kept)
      return kept.asking ?? []
    })
    if (asking.length > 0) {
      const enough = new AbortController()
      const limit = pause(patienceMillis, undefined, { signal: enough.signal }).catch(() => {})
      await Promise.race([Promise.all(asking), limit])
      enough.abort()
    }
    return [...known].map(([{ name, help }, { values }]) => ({
      name,
      help,
      type: 'gauge',
      values,
    }))
  }
}

async function read(pool: pg.Pool, { labels, sql }: DatabaseGauge): Promise<Known['values']> {
  const { rows } = await pool.query<Record<string, string | number>>(sql)
  return rows.map((row) => ({
    value: Number(row['value']),
    labels: Object.fromEntries(labels.map((label) => [label, String(row[label])])),
  }))
}

/** What waits in the outboxes of these schemas. */
export const outboxGauges = (schemas: readonly string[]): DatabaseGauge[] => {
  const perModule = (value: string) =>
    schemas
      .map((schema) => `select '${schema}' as module, ${value} as value from ${schema}.outbox`)
      .join(' union all ')
  return [
    {
      name: 'karcis_outbox_messages',
      help: 'Messages that were written and not yet handed to the bus.',
      labels: ['module'],
      sql: perModule('count(*)'),
    },
    {
      name: 'karcis_outbox_oldest_seconds',
      help: 'How long the oldest of them has waited; 0 when there is none.',
      labels: ['module'],
      sql: perModule('coalesce(extract(epoch from now() - min(written_at)), 0)'),
    },
  ]
}
