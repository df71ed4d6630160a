import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import type { EventOffer } from '../src/modules/catalog/contract.ts'
import {
  freePort,
  runningDatabaseUrl,
  startEmbeddedPostgres,
} from '../src/platform/embedded-postgres.ts'
import { newId } from '../src/platform/ids.ts'
import { findPostmaster } from '../src/platform/postmaster.ts'
import { openPool } from '../src/platform/postgres.ts'
import {
  cpuSeconds,
  forgetPeaks,
  kill,
  largestMemory,
  processTree,
  type Memory,
} from './processes.ts'

const schema = path.join(import.meta.dirname, '../src/modules/booking/schema.sql')

export type Server = {
  port: number
  database: Database | undefined
  cost(): Cost
  forgetPeaks(): void
  /** Of the server, its children and its database. */
  pids(): number[]
  /** How long it took to its first answer. */
  readyMs: number
  /** Ends it; whatever is still running when a scenario ends is ended then. */
  stop(): Promise<void>
}
export type Database = { folder: string; url: string; pid: number; pool: pg.Pool }
/** Processor time so far, and the memory of the server's largest process. */
type Cost = { serverCpuSeconds: number; databaseCpuSeconds: number; memory: Memory }

/** What all servers of one scenario share. */
export type Ground = {
  /** Holds databases and logs. */
  folder: string
  /** Takes note of how to stop what was started. */
  started(stop: () => Promise<void>): void
}

/** The ceiling for orders: the program's own HTTP server and schemas, and no database. */
export async function startNullServer(ground: Ground, offers: EventOffer[]): Promise<Server> {
  const env = { OFFERS: await keep(ground, offers) }
  const started = await startServer(ground, import.meta.resolve('./null-server.ts'), env)
  return { database: undefined, ...started, ...costs(started.pid) }
}

/** What is too long for an environment goes by a file, named after when it was written. */
async function keep({ folder }: Ground, value: unknown): Promise<string> {
  const file = path.join(folder, `${newId()}.json`)
  await writeFile(file, JSON.stringify(value))
  return file
}

/** An answer of the program, to be given again and again. */
export type Canned = { method: 'GET' | 'POST'; path: string; status: number; body: string }

/** The ceiling for everything else: the program's own HTTP server, and the answers ready-made. */
export async function startCannedServer(ground: Ground, answers: Canned[]): Promise<Server> {
  const env = { ANSWERS: await keep(ground, answers) }
  const started = await startServer(ground, import.meta.resolve('./canned-server.ts'), env)
  return { database: undefined, ...started, ...costs(started.pid) }
}

/** A payment gateway at which everything is paid; tells its port. */
export async function startGateway(ground: Ground, amount: number): Promise<Server> {
  const started = await startServer(ground, import.meta.resolve('./gateway-server.ts'), {
    AMOUNT: String(amount),
  })
  return { database: undefined, ...started, ...costs(started.pid) }
}

/** The baseline, on a PostgreSQL like the program's own. */
export async function startNaiveServer(ground: Ground, offers: EventOffer[]): Promise<Server> {
  const folder = path.join(ground.folder, 'naive')
  await mkdir(folder)
  const postgres = await startEmbeddedPostgres(folder)
  ground.started(postgres.stop)
  const database = await connect(ground, folder)
  await database.pool.query(await readFile(schema, 'utf8'))
  for (const offer of offers) await stockUp(database.pool, offer)
  await database.pool.query('vacuum analyze')
  const env = { OFFERS: await keep(ground, offers), DATABASE_URL: database.url }
  const started = await startServer(ground, import.meta.resolve('./naive-server.ts'), env)
  return { database, ...started, ...costs(started.pid, database.pid) }
}

/** One account of the bench does what a thousand do elsewhere; the limits count all the same. */
const wideLimits = {
  RATE_LIMIT_PER_ACCOUNT: '10000000',
  RATE_LIMIT_PER_ACCOUNT_AND_EVENT: '10000000',
}

/** The program as `npm start` starts it, on its own folder, which is new unless it is named. */
export async function startProgram(
  ground: Ground,
  settings: Record<string, string> = {},
  name = 'karcis',
): Promise<Server & { database: Database }> {
  const folder = path.join(ground.folder, name)
  const env = {
    DATA_DIR: folder,
    DEMO_DATA: 'false',
    LOG_LEVEL: 'warn',
    ...wideLimits,
    ...settings,
  }
  const started = await startServer(ground, import.meta.resolve('../src/start.mjs'), env)
  const database = await connect(ground, folder)
  return { database, ...started, ...costs(started.pid, database.pid) }
}

/** Has booking sell these events, as if catalog had published them. */
export async function putOnSale(
  { database }: { database: Database },
  offers: EventOffer[],
): Promise<void> {
  // Whoever hears of their orders asks whose event it is.
  await database.pool.query(
    `insert into catalog.events (id, version, organiser_id, title, description, category, facilities,
       location, starts_at, time_zone, currency, refundable, status, created_at)
     select "eventId", version, "organiserId", title, '', 'Concert', '{}', location, "startsAt",
       'Asia/Jakarta', currency, refundable, status, now()
     from jsonb_to_recordset($1) as offer ("eventId" uuid, version integer, "organiserId" uuid,
       title text, location text, "startsAt" timestamptz, currency text, refundable boolean,
       status text)`,
    [JSON.stringify(offers)],
  )
  await database.pool.query(
    `insert into catalog.outbox (type, key, data)
     select 'event.changed', offer ->> 'eventId', jsonb_build_object('offer', offer)
     from jsonb_array_elements($1) as offer`,
    [JSON.stringify(offers)],
  )
  await onSale(database.pool, offers)
}

type Started = { pid: number; port: number; readyMs: number; stop(): Promise<void> }

async function startServer(
  { folder, started }: Ground,
  script: string,
  env: Record<string, string>,
): Promise<Started> {
  const port = await freePort('127.0.0.1')
  const log = await open(path.join(folder, `${path.basename(script)}.log`), 'w')
  const startedAt = performance.now()
  const child = spawn(process.execPath, [fileURLToPath(script)], {
    // No settings but these: neither the caller's nor those of a `.env`; this folder has none.
    cwd: import.meta.dirname,
    env: { PATH: process.env['PATH'], PORT: String(port), NODE_NO_WARNINGS: '1', ...env },
    stdio: ['ignore', log.fd, log.fd],
    // Ctrl-C is for the bench alone, which then stops its servers in order.
    detached: true,
  })
  await log.close()
  started(() => stop(child))
  await ready(child, script, port)
  const readyMs = Math.round(performance.now() - startedAt)
  return { pid: child.pid ?? 0, port, readyMs, stop: () => stop(child) }
}

async function ready(child: ChildProcess, script: string, port: number): Promise<void> {
  for (const until = performance.now() + 60_000; performance.now() < until;) {
    const end = child.exitCode ?? child.signalCode
    if (end !== null) throw new Error(`${script} ended with ${end}`)
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(20)
  }
  throw new Error(`${script} was not ready in a minute`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const all = processTree(child.pid ?? 0)
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => all.forEach((pid) => kill(pid, 'SIGKILL')), 15_000)
  await exited
  clearTimeout(late)
  all.forEach((pid) => kill(pid, 'SIGTERM'))
}

function costs(serverPid: number, databasePid?: number) {
  const pids = () => {
    const databasePids = databasePid ? processTree(databasePid) : []
    const serverPids = processTree(serverPid).filter((pid) => !databasePids.includes(pid))
    return { serverPids, databasePids }
  }
  return {
    pids: () => [...pids().serverPids, ...pids().databasePids],
    forgetPeaks: () => forgetPeaks(pids().serverPids),
    cost: (): Cost => {
      const { serverPids, databasePids } = pids()
      return {
        serverCpuSeconds: cpuSeconds(serverPids),
        databaseCpuSeconds: cpuSeconds(databasePids),
        memory: largestMemory(serverPids),
      }
    },
  }
}

/** Connects to the PostgreSQL that runs on a data folder, once it says in there that it is ready. */
async function connect({ started }: Ground, folder: string): Promise<Database> {
  for (let tries = 0; tries < 50; tries++) {
    const url = await runningDatabaseUrl(folder)
    const postmaster = await findPostmaster(path.join(folder, 'postgres'))
    if (url && postmaster) {
      const pool = openPool(url, 2)
      started(() => pool.end())
      return { folder, url, pid: postmaster.pid, pool }
    }
    await sleep(100)
  }
  throw new Error(`no PostgreSQL is ready on ${folder}`)
}

async function stockUp(pool: pg.Pool, { eventId, version, ticketTypes }: EventOffer) {
  for (const { ticketTypeId, capacity, seatsPerRow } of ticketTypes) {
    await pool.query(
      `insert into booking.stock (event_id, ticket_type_id, capacity, offer_version)
       values ($1, $2, $3, $4)`,
      [eventId, ticketTypeId, capacity, version],
    )
    await pool.query(
      `insert into booking.seats (event_id, ticket_type_id, position)
       select $1, $2, position from generate_series(1, $3::int) as position`,
      [eventId, ticketTypeId, seatsPerRow === null ? 0 : capacity],
    )
  }
}

/** Resolves once booking has made all stock and seats of the offers. */
async function onSale(pool: pg.Pool, offers: EventOffer[]): Promise<void> {
  const ticketTypes = offers.flatMap((offer) => offer.ticketTypes)
  const seated = ticketTypes.filter(({ seatsPerRow }) => seatsPerRow !== null)
  const seats = seated.reduce((sum, { capacity }) => sum + capacity, 0)
  for (let tries = 0; tries < 240; tries++) {
    const { rows } = await pool.query<{ stock: number; seats: number }>(
      `select (select count(*) from booking.stock where event_id = any($1)) as stock,
              (select count(*) from booking.seats where event_id = any($1)) as seats`,
      [offers.map(({ eventId }) => eventId)],
    )
    if (rows[0]?.stock === ticketTypes.length && rows[0].seats === seats) return
    await sleep(250)
  }
  throw new Error('booking did not put the concerts on sale in a minute')
}
