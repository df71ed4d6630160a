import type pg from 'pg'

const daysKept = 30
const atOnceMax = 5_000

const old = `created_at < $1::timestamptz - interval '${daysKept} days'`
const statements = [
  `delete from sandbox.deliveries where id in (
     select id from sandbox.deliveries where ${old} and status <> 'pending' limit $2)`,
  `delete from sandbox.payments where id in (
     select id from sandbox.payments where ${old} and status <> 'pending' limit $2)`,
  `delete from sandbox.kept_answers where key in (
     select key from sandbox.kept_answers where created_at < $1::timestamptz - interval '1 day'
     limit $2)`,
  `delete from sandbox.faults where id in (
     select id from sandbox.faults where ${old} or times_left < 1 limit $2)`,
]

/** Forgets what is older than a month, a bounded number of rows at a time. */
export async function cleanUp(pool: pg.Pool, at: Date, signal: AbortSignal): Promise<void> {
  for (const statement of statements) {
    let deleted: number | null = atOnceMax
    while (deleted === atOnceMax && !signal.aborted) {
      deleted = (await pool.query(statement, [at, atOnceMax])).rowCount
    }
  }
}
