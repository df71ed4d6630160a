import {
  Logger,
  makeWorkerUtils,
  run,
  type Task,
  type TaskList,
  type WorkerEvents,
  type WorkerUtils,
} from 'graphile-worker'
import assert from 'node:assert'
import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import type { Envelope } from '../kernel/message.ts'
import {
  deliveriesOf,
  type Bus,
  type BusCounts,
  type ParkedMessage,
  type Routes,
  type Subscription,
} from './bus.ts'
import { isOutage, outage } from './postgres.ts'
import type { Rush } from './tasks.ts'

/** Deliveries under way at once in one worker process, to modules that buyers wait for and others. */
const urgentMax = 10
const patientMax = 4
const rushLookMillis = 100
/** The pauses grow as e^attempt seconds: the last retry comes about three hours after the first. */
const attemptsMax = 10
/**
 * The pause while the database or another module is away. A second of it is graphile-worker's, which
 * makes it longer for a message that had failed before.
 */
const outageSeconds = 5
/** As many as with RabbitMQ. */
const deathsMax = 100
/** A process fetches the jobs of the modules that it runs, and leaves the others'. */
const taskOf = (module: string) => `deliver ${module}`

/** `deaths`: of processes that had it. */
type Delivery = { module: string; envelope: Envelope; deaths?: number }
type Deliver = (payload: unknown) => Promise<void>

/**
 * The default bus: a job of graphile-worker per message and subscriber, in the same PostgreSQL.
 *
 * Named queues of graphile-worker would keep the order per key, at a tenth of the throughput
 * (docs/adr/0004); jobs are fetched in order instead, and those of one key run one after another. A
 * delivery that is being retried may be overtaken, which handlers must bear. Patient modules have a
 * lane of their own, which waits while there is a rush.
 */
export async function postgresBus(
  pool: pg.Pool,
  routes: Routes,
  log: FastifyBaseLogger,
  rush: Pick<Rush, 'isOn'> = { isOn: () => false },
): Promise<Bus> {
  const logger = graphileLogger(log)
  const utils = await makeWorkerUtils({ pgPool: pool, logger })
  await utils.migrate()

  return {
    async publish(envelopes) {
      const jobs = envelopes.flatMap((envelope) =>
        deliveriesOf(envelope, routes).map((delivery: Delivery) => ({
          identifier: taskOf(delivery.module),
          payload: delivery,
          maxAttempts: attemptsMax,
          priority: routes.patient?.has(delivery.module) ? 1 : 0,
        })),
      )
      if (jobs.length > 0) await utils.addJobs(jobs)
    },

    async deliver(subscriptions, signal) {
      const isPatient = ({ module }: Subscription) => routes.patient?.has(module) ?? false
      const urgent = subscriptions.filter((one) => !isPatient(one))
      const patient = subscriptions.filter(isPatient)
      const lanes: [Subscription[], number, Deliver][] = [
        [urgent, urgentMax, deliverTo(urgent)],
        [patient, patientMax, deliverTo(patient.map((one) => afterRush(one, rush, signal)))],
      ]
      const fetching: Promise<void>[] = []
      for (const [chosen, concurrency, deliver] of lanes) {
        // A process may run no module that reacts to anything.
        if (chosen.length === 0) continue
        const handle = sparingOutages(pool, deliver)
        const taskList = Object.fromEntries(chosen.map((s) => [taskOf(s.module), handle]))
        // The next lane would free what this one has fetched before it has its lock.
        const locked = Promise.withResolvers<void>()
        const onLocked = locked.resolve
        fetching.push(fetchJobs({ pool, utils, taskList, signal, concurrency, onLocked }))
        await Promise.race([locked.promise, ...fetching])
      }
      await Promise.all(fetching)
    },

    counts: () => countJobs(pool),

    parked: () => parkedMessages(pool),

    async replay(parkedIds) {
      const ids = parkedIds ?? (await parkedMessages(pool)).map((message) => message.parkedId)
      // `rescheduleJobs` takes 0 attempts for "leave them as they are", so the function is called.
      const { rowCount } = await pool.query(
        `select graphile_worker.reschedule_jobs(array(
           select id from graphile_worker._private_jobs
           where id = any($1::bigint[]) and attempts >= max_attempts
         ), run_at := now(), attempts := 0)`,
        [ids],
      )
      return rowCount ?? 0
    },

    async discard(parkedIds) {
      const { rowCount } = await pool.query(
        `delete from graphile_worker._private_jobs
         where id = any($1::bigint[]) and attempts >= max_attempts and locked_at is null`,
        [parkedIds],
      )
      return rowCount ?? 0
    },

    async close() {
      await utils.release()
    },
  }
}

/** Hands a job to its subscriber, after the jobs of the same key that were fetched before it. */
function deliverTo(subscriptions: readonly Subscription[]): Deliver {
  const handlers = new Map(subscriptions.map((s) => [`${s.module} ${s.type}`, s.handle]))
  const lastOfKey = new Map<string, Promise<void>>()

  return async (payload: unknown): Promise<void> => {
    const { module, envelope } = payload as Delivery
    const handle = handlers.get(`${module} ${envelope.type}`)
    assert(handle, `${module} does not react to ${envelope.type}`)

    const key = `${module} ${envelope.subject}`
    const before = lastOfKey.get(key) ?? Promise.resolve()
    const done = before.then(() => handle(envelope))
    const settled = done.catch(() => {})
    lastOfKey.set(key, settled)
    try {
      await done
    } finally {
      if (lastOfKey.get(key) === settled) lastOfKey.delete(key)
    }
  }
}

/** A hundred thousand mails at once kept holds from ending in time. */
const afterRush = (
  { handle, ...subscription }: Subscription,
  rush: Pick<Rush, 'isOn'>,
  signal: AbortSignal,
): Subscription => ({
  ...subscription,
  async handle(envelope) {
    while (rush.isOn() && !signal.aborted) {
      await sleep(rushLookMillis, undefined, { signal }).catch(() => {})
    }
    if (signal.aborted) throw outage('the process stops before a delivery that may wait')
    await handle(envelope)
  },
})

/** An outage is no failure of a message, so the attempt is given back before the job fails. */
const sparingOutages =
  (pool: pg.Pool, deliver: Deliver): Task =>
  (payload, { job }) =>
    deliver(payload).catch(async (error: Error) => {
      if (isOutage(error)) {
        await pool.query(
          `update graphile_worker._private_jobs
           set attempts = attempts - 1, run_at = now() + interval '${outageSeconds - 1} seconds'
           where id = $1`,
          [job.id],
        )
      }
      throw error
    })

/**
 * Fetches jobs until it is stopped. A process that is killed leaves its jobs locked for hours;
 * every runner therefore holds an advisory lock in its own name for as long as it lives, and the
 * jobs of a name that nobody holds are freed.
 */
async function fetchJobs(given: {
  pool: pg.Pool
  utils: WorkerUtils
  taskList: TaskList
  signal: AbortSignal
  concurrency: number
  onLocked(): void
}): Promise<void> {
  const { pool, utils, taskList, signal, concurrency, onLocked } = given
  const events = new EventEmitter() as WorkerEvents
  const started = once(events, 'pool:create') as Promise<[{ workerPool: { id: string } }]>
  const runner = await run({
    pgPool: pool,
    logger: utils.logger,
    events,
    concurrency,
    pollInterval: 1_000,
    noHandleSignals: true,
    preset: { worker: { localQueue: { size: concurrency * 10 }, completeJobBatchDelay: 0 } },
    taskList,
  })
  const [{ workerPool }] = await started
  const client = await pool.connect()
  try {
    await client.query(`select pg_advisory_lock(${nameLock})`, [workerPool.id])
    onLocked()
    const own = workerPool.id
    await freeJobsOfTheDead(client, own)
    const timer = setInterval(() => {
      freeJobsOfTheDead(client, own).catch((error: Error) => utils.logger.error(error.message))
    }, 10_000)
    const stop = () => void runner.stop()
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)
    // Without the lock others would take this runner for dead: end, and be started again.
    const lockLost = once(client, 'error').then(([error]) => {
      throw error
    })
    await Promise.race([runner.promise, lockLost]).finally(() => clearInterval(timer))
  } finally {
    // A job that fails while the runner stops is left locked by it.
    await utils
      .forceUnlockWorkers([workerPool.id])
      .catch((error: Error) => utils.logger.error(error.message))
    client.release(true)
  }
}

const nameLock = `hashtextextended('karcis-runner:' || $1, 0)`

/**
 * A job counts an attempt when it is fetched. One whose process died gets it back: it may only have
 * waited there, and ten crashes are no ten failures. A job that ends its processes is parked at last.
 */
async function freeJobsOfTheDead(client: pg.PoolClient, own: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select distinct locked_by as name from graphile_worker._private_jobs where locked_by <> $1',
    [own],
  )
  const dead: string[] = []
  for (const { name } of rows) {
    const { rows: locks } = await client.query<{ free: boolean }>(
      `select pg_try_advisory_xact_lock(${nameLock}) as free`,
      [name],
    )
    if (locks[0]?.free) dead.push(name)
  }
  if (dead.length === 0) return
  await client.query(
    `update graphile_worker._private_jobs job
     set locked_at = null, locked_by = null,
       payload = jsonb_set(payload::jsonb, '{deaths}', to_jsonb(freed.deaths)),
       attempts = case when freed.deaths < $2 then greatest(attempts - 1, 0) else max_attempts end,
       last_error = case when freed.deaths < $2 then last_error else 'its process died too often' end
     from (
       select id, coalesce((payload ->> 'deaths')::integer, 0) + 1 as deaths
       from graphile_worker._private_jobs where locked_by = any ($1)
     ) freed
     where job.id = freed.id and job.locked_by = any ($1)`,
    [dead, deathsMax],
  )
}

async function countJobs(pool: pg.Pool): Promise<BusCounts> {
  const { rows } = await pool.query<Required<BusCounts>>(
    `select count(*) filter (where not is_parked and last_error is null)::int as waiting,
            count(*) filter (where not is_parked and last_error is not null)::int as failing,
            count(*) filter (where is_parked and locked_at is null)::int as parked
     from (select *, attempts >= max_attempts as is_parked from graphile_worker._private_jobs) j`,
  )
  return rows[0]!
}

async function parkedMessages(pool: pg.Pool): Promise<ParkedMessage[]> {
  const { rows } = await pool.query(
    `select id::text as "parkedId", payload ->> 'module' as module, payload -> 'envelope' as envelope,
            attempts, last_error as "lastError"
     from graphile_worker._private_jobs
     where attempts >= max_attempts and locked_at is null
     order by id`,
  )
  return rows as ParkedMessage[]
}

function graphileLogger(log: FastifyBaseLogger): Logger {
  return new Logger(() => (level, message, meta) => {
    // A job is a message with all that it says about a buyer, so only its request is told.
    const { payload } = (meta?.['job'] ?? {}) as { payload?: Partial<Delivery> }
    const requestId = payload?.envelope?.requestid
    const told = requestId === undefined ? {} : { requestId }
    if (level === 'error') log.error(told, message)
    else if (level === 'warning') log.warn(told, message)
    else log.debug(message)
  })
}
