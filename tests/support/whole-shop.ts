import assert from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { composition } from '../../src/compose.ts'
import { composeModules } from '../../src/compose-modules.ts'
import { complete, toConfig } from '../../src/config.ts'
import { createUser } from '../../src/modules/identity/index.ts'
import { closeHttp, listen, settlePort } from '../../src/platform/http-listen.ts'
import { newId } from '../../src/platform/ids.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { openPool } from '../../src/platform/postgres.ts'
import { verify } from '../../src/verify/verify.ts'
import { testKeys } from './composition.ts'
import { createTestDatabase } from './database.ts'
import { logIn, ok, send, type Caller } from './shop.ts'
import { openTime } from './time.ts'

/** What the Xendit of the sandbox sends with its webhooks. */
export const callbackToken = 'the-callback-token'
const host = '127.0.0.1'
const never = new AbortController().signal

/**
 * The whole program in this process, its API on a port and its worker beside it, on a database and
 * in a time of its own: shop and sandbox share one clock, which a test puts ahead.
 */
export async function openWholeShop() {
  const database = await createTestDatabase()
  const time = await openTime(database.pool)
  const port = await settlePort(host, 0)
  const env = {
    LOG_LEVEL: 'silent',
    XENDIT_CALLBACK_TOKEN: callbackToken,
    RATE_LIMIT_PER_ACCOUNT: '0',
    RATE_LIMIT_PER_ACCOUNT_AND_EVENT: '0',
  }
  // Nobody logs in again when days pass.
  const accessTokenSeconds = 365 * 24 * 3_600
  const config = { ...complete(toConfig(env), port, testKeys), accessTokenSeconds }
  const { databaseUrl } = database
  const pool = openPool(databaseUrl, 20)
  const here = { config, databaseUrl, pool, log: createLogger({ ...config.log, process: 'test' }) }
  const worker = await composition.composeWorker(here)
  const stopping = new AbortController()
  const working = worker.run(stopping.signal)
  const { http, close } = await composition.composeApi({ ...here, wakeWorker: worker.wake })
  await listen(http, host, port, false)
  // As another process would: the same tasks, at the moment of the test's choice.
  const composed = composeModules(here)
  const tasks = new Map(
    composed.modules.flatMap((module) => module.tasks.map(({ name, run }) => [name, run])),
  )

  const nobody: Caller = { url: `http://${host}:${port}`, headers: {} }
  const account = async (role: 'admin' | 'organiser') => {
    const email = `${role}@karcis.test`
    const password = 'a long password'
    const user = { id: newId(), name: role, email, password, phone: null, roles: [role] }
    assert((await createUser(composed.identitySettings, user)).ok)
    return logIn(nobody, email, password)
  }

  /** Does all that is due, until nothing is. */
  async function rest(): Promise<void> {
    for (const end = performance.now() + 60_000; ; await sleep(20)) {
      const left = await underWay(pool)
      if (left.length === 0) return
      assert(performance.now() < end, `still under way: ${JSON.stringify(left)}`)
      for (const { task } of left) if (task) await tasks.get(task)!(never)
      worker.wake()
    }
  }

  return {
    pool,
    nobody,
    admin: await account('admin'),
    organiser: await account('organiser'),
    /** For what only foreign contracts ask of booking. */
    booking: composed.booking.ports,
    rest,

    /** Puts the clock ahead, and does all that is due then. */
    async pass(seconds: number): Promise<void> {
      await time.pass(seconds)
      await rest()
    },

    /** Presses a button of the control page. */
    control: <Body = unknown>(line: string, body?: object): Promise<Body> => {
      const [method, path] = line.split(' ')
      return ok(send<Body>(nobody, `${method} /sandbox/control${path}`, body))
    },

    /** Every promise is kept once all is done; returns how many things wait for a person. */
    async verified(): Promise<number> {
      await rest()
      const { kept, findings, waiting } = await verify(pool)
      const broken = findings.filter(({ violations }) => violations > 0)
      assert(kept, JSON.stringify(broken, null, 2))
      return waiting.count
    },

    async [Symbol.asyncDispose]() {
      stopping.abort()
      await closeHttp(http)
      await Promise.all([working, close(), composed.close()])
      await pool.end()
      time[Symbol.dispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

export type WholeShop = Awaited<ReturnType<typeof openWholeShop>>

const senders = ['catalog', 'booking', 'payment', 'admission', 'integration']

/** What can be due, and the task that does it; messages and jobs are done by the worker. */
const dues: { sql: string; task?: string }[] = [
  { sql: senders.map((name) => `select type from ${name}.outbox`).join(' union all ') },
  {
    sql: `select payload #>> '{envelope,type}' from graphile_worker._private_jobs
          where run_at <= clock_timestamp() and (attempts < max_attempts or locked_at is not null)`,
  },
  {
    task: 'sandbox.deliver',
    sql: `select event from sandbox.deliveries
          where status = 'pending' and due_at <= clock_timestamp()`,
  },
  {
    task: 'sandbox.pass-time',
    sql: `select id from sandbox.payments where refund_due_at <= clock_timestamp()
          or status = 'pending' and expires_at <= clock_timestamp()`,
  },
  {
    task: 'payment.process-webhooks',
    sql: `select status from payment.webhooks
          where retry_at <= clock_timestamp() or status = 'received'`,
  },
  {
    task: 'payment.reconcile',
    sql: `select id::text from payment.payments where check_at <= clock_timestamp()`,
  },
  {
    task: 'booking.expireHolds',
    sql: `select id::text from booking.orders
          where status = 'pending' and expires_at <= clock_timestamp() and not closing`,
  },
]
const dueSql = dues
  .map(
    ({ sql, task = '' }) => `select '${task}' as task, min(what) as example
    from (${sql}) as due (what) having count(*) > 0`,
  )
  .join(' union all ')

async function underWay(pool: pg.Pool) {
  const due = { name: 'test.due', text: dueSql }
  return (await pool.query<{ task: string; example: string }>(due)).rows
}
