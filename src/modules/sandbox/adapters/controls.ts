import type pg from 'pg'
import { befalls, type Fault, type FaultName } from '../domain/fault.ts'
import type { Controls } from '../ports.ts'

/** What the control page can do beyond what the gateways ask. */
export type ControlSwitches = Controls & {
  faults(): readonly Fault[]
  addFault(fault: Fault, at: Date): Promise<void>
  /** All of them when no id is given. */
  removeFaults(id?: string): Promise<void>
  advance(seconds: number): Promise<void>
  setCallbackUrl(type: string, url: string): Promise<void>
  /** Once, in this process only, and at once. */
  befallNext(operation: string, fault: FaultName): void
}

type Known = { aheadMillis: number; callbackUrls: Record<string, string>; faults: Fault[] }

/** So long another process may not know yet what was set. */
const knownMillis = 100

/**
 * What was set is kept in the database, because several processes play the gateways. It is read
 * ten times a second at most: where nothing is set, a call pays nothing for it.
 */
export function controls(pool: pg.Pool): ControlSwitches {
  let known: Known = { aheadMillis: 0, callbackUrls: {}, faults: [] }
  let readAt = -Infinity
  let reading: Promise<void> | undefined
  let ours: Fault[] = []

  const read = async () => {
    const startedAt = performance.now()
    known = await readControls(pool)
    readAt = startedAt
  }
  const changing = async (text: string, values: unknown[]) => {
    await pool.query(text, values)
    await read()
  }

  return {
    async ready() {
      if (performance.now() - readAt < knownMillis) return
      reading ??= read().finally(() => (reading = undefined))
      await reading
    },
    aheadMillis: () => known.aheadMillis,
    callbackUrl: (type) => known.callbackUrls[type],
    faults: () => known.faults,

    async take(occasion) {
      if (ours.length === 0 && known.faults.length === 0) return []
      const local = ours.filter((fault) => befalls(fault, occasion))
      ours = ours.filter((fault) => !local.includes(fault))
      const matching = known.faults.filter((fault) => befalls(fault, occasion))
      if (matching.length === 0) return local
      readAt = -Infinity
      return [...local, ...(await takeOnce(pool, matching))]
    },

    addFault: (fault, at) =>
      changing(
        `insert into sandbox.faults (id, fault, operation, about, times_left, detail, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)`,
        [fault.id, fault.fault, fault.operation, fault.about, fault.timesLeft, fault.detail, at],
      ),
    removeFaults: (id) =>
      changing('delete from sandbox.faults where $1::uuid is null or id = $1', [id ?? null]),
    advance: (seconds) =>
      changing(
        `insert into sandbox.controls (clock_ahead_seconds) values ($1)
         on conflict (one) do update
         set clock_ahead_seconds = controls.clock_ahead_seconds + excluded.clock_ahead_seconds`,
        [seconds],
      ),
    setCallbackUrl: (type, url) =>
      changing(
        `insert into sandbox.controls (callback_urls) values ($1)
         on conflict (one) do update
         set callback_urls = controls.callback_urls || excluded.callback_urls`,
        [{ [type]: url }],
      ),
    befallNext(operation, fault) {
      ours.push({ id: '', fault, operation, about: null, timesLeft: 1, detail: {} })
    },
  }
}

async function readControls(pool: pg.Pool): Promise<Known> {
  const { rows } = await pool.query<{
    ahead: number
    urls: Record<string, string>
    faults: Fault[]
  }>({
    name: 'sandbox.controls',
    text: `select coalesce(max(clock_ahead_seconds), 0)::float8 as ahead,
       coalesce((select callback_urls from sandbox.controls), '{}') as urls,
       coalesce((select jsonb_agg(jsonb_build_object('id', id, 'fault', fault,
           'operation', operation, 'about', about, 'timesLeft', times_left, 'detail', detail)
           order by created_at, id)
         from sandbox.faults where times_left > 0), '[]') as faults
     from sandbox.controls`,
  })
  const { ahead, urls, faults } = rows[0]!
  return { aheadMillis: ahead * 1_000, callbackUrls: urls, faults }
}

/** Each befalls at most as often as it was set to, however many processes ask. */
async function takeOnce(pool: pg.Pool, matching: Fault[]): Promise<Fault[]> {
  const { rows } = await pool.query<{ id: string }>(
    `update sandbox.faults set times_left = times_left - 1
     where id = any ($1) and times_left > 0 returning id`,
    [matching.map(({ id }) => id)],
  )
  const taken = new Set(rows.map(({ id }) => id))
  return matching.filter(({ id }) => taken.has(id))
}
