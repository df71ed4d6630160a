import type pg from 'pg'
import { transaction, type Queryable } from '../platform/postgres.ts'
import { checks, waitingMoney, type Check, type Scope } from './checks.ts'

/** More rows than these, of a promise or of what waits, are counted and not listed. */
const listedMax = 100

export type Finding = {
  promise: string
  about: string
  /** How often the promise is broken. */
  violations: number
  /** Where, by ids and numbers; the first hundred. */
  listed: Record<string, unknown>[]
  millis: number
}
/** Money that waits for a person, by ids and why; the first hundred. */
export type Waiting = { count: number; listed: Record<string, unknown>[] }
type Verdict = {
  kept: boolean
  findings: Finding[]
  waiting: Waiting
  counts: { orders: number; payments: number; tickets: number }
  millis: number
}

/**
 * Holds the database to every promise, as it is at one instant, without changing or locking
 * anything. `onFinding` hears of each promise as soon as it is known.
 */
export function verify(
  pool: pg.Pool,
  onFinding: (finding: Finding) => void = () => {},
): Promise<Verdict> {
  return transaction(pool, async (client) => {
    const startedAt = performance.now()
    await client.query('set transaction isolation level repeatable read, read only')
    // The checks are few and large: room for their sums is worth more than compiling them.
    await client.query(`set local work_mem = '128MB'; set local jit = off`)
    const findings: Finding[] = []
    for (const check of checks(await scopeOf(client))) {
      const finding = await look(client, check)
      onFinding(finding)
      findings.push(finding)
    }
    const { rows } = await client.query<Verdict['counts']>(
      `select (select count(*) from booking.orders) as orders,
              (select count(*) from payment.payments) as payments,
              (select count(*) from admission.tickets) as tickets`,
    )
    return {
      kept: findings.every(({ violations }) => violations === 0),
      findings,
      waiting: await list(client, waitingMoney),
      counts: rows[0] ?? { orders: 0, payments: 0, tickets: 0 },
      millis: Math.round(performance.now() - startedAt),
    }
  })
}

async function look(client: Queryable, { promise, about, sql }: Check): Promise<Finding> {
  const startedAt = performance.now()
  const { count, listed } = await list(client, sql)
  const millis = Math.round(performance.now() - startedAt)
  return { promise, about, violations: count, listed, millis }
}

async function list(client: Queryable, sql: string) {
  const { rows } = await client.query<{ row: Record<string, unknown>; count: number }>(
    `select to_json(v) as row, count(*) over () as count from (${sql}) v limit ${listedMax}`,
  )
  return { count: rows[0]?.count ?? 0, listed: rows.map(({ row }) => row) }
}

async function scopeOf(client: Queryable): Promise<Scope> {
  const { rows } = await client.query<{ outboxes: string[]; hasJobs: boolean }>(
    `select array(
       select table_schema::text from information_schema.tables
       where table_name = 'outbox' order by 1
     ) as outboxes, to_regclass('graphile_worker._private_jobs') is not null as "hasJobs"`,
  )
  return rows[0] ?? { outboxes: [], hasJobs: false }
}
