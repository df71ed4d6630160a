import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { EventOffer } from '../src/modules/catalog/contract.ts'
import { freePort, startEmbeddedPostgres } from '../src/platform/embedded-postgres.ts'
import { openPool } from '../src/platform/postgres.ts'
import {
  cpuSeconds,
  forgetPeaks,
  kill,
  largestMemory,
  processTree,
  type Memory,
} from './processes.ts'

const root = path.resolve(import.meta.dirname, '..')

export type Server = {
  port: number
  database: Database | undefined
  cost(): Cost
  forgetPeaks(): void
}
export type Database = { folder: string; url: string; pid: number; pool: pg.Pool }
/** Processor time so far, and the memory of the server's largest process. */
export type Cost = { serverCpuSeconds: number; databaseCpuSeconds: number; memory: Memory }

/** Collects how to stop what was started; the last started is stopped first. */
export type Started = { defer(stop: () => Promise<void>): void }

export async function startNullServer(offers: EventOffer[], started: Started): Promise<Server> {
  return startServer('bench/null-server.ts', { OFFERS: JSON.stringify(offers) }, started)
}

/** The baseline, on a PostgreSQL with the settings the program gives to its own. */
export async function startNaiveServer(
  folder: string,
  offers: EventOffer[],
  program: Server,
  started: Started,
): Promise<Server> {
  await mkdir(folder)
  await chmod(folder, 0o755)
  const postgres = await startEmbeddedPostgres(folder, await settingsOf(program))
  started.defer(postgres.stop)
  const database = await connect(folder, started)
  const schema = path.join(root, 'src/modules/booking/schema.sql')
  await database.pool.query(await readFile(schema, 'utf8'))
  for (const offer of offers) await stockUp(database.pool, offer)
  await database.pool.query('vacuum analyze')
  const env = { OFFERS: JSON.stringify(offers), DATABASE_URL: database.url }
  return startServer('bench/naive-server.ts', env, started, database)
}

/** The program as `npm start` starts it, on an empty folder, selling what catalog tells it to. */
export async function startProgram(
  folder: string,
  offers: EventOffer[],
  started: Started,
): Promise<Server> {
  await mkdir(folder)
  await chmod(folder, 0o755)
  const env = { DATA_DIR: folder, DEMO_DATA: 'off', LOG_LEVEL: 'warn' }
  const program = await startServer('src/main.ts', env, started)
  const database = await connect(folder, started)
  await database.pool.query(
    `insert into catalog.outbox (type, key, data)
     select 'event.changed', offer ->> 'eventId', jsonb_build_object('offer', offer)
     from jsonb_array_elements($1) as offer`,
    [JSON.stringify(offers)],
  )
  await onSale(database.pool, offers)
  return { ...program, ...costs(program.pid, database), database }
}

async function startServer(
  script: string,
  env: Record<string, string>,
  started: Started,
  database?: Database,
): Promise<Server & { pid: number }> {
  const port = await freePort()
  const child = spawn(process.execPath, [path.join(root, script)], {
    // Nothing of the caller's own settings, and no `.env` but the one that is not there.
    cwd: env['DATA_DIR'] ?? import.meta.dirname,
    env: { PATH: process.env['PATH'], PORT: String(port), NODE_NO_WARNINGS: '1', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  started.defer(() => stop(child))
  await ready(child, script, port)
  const pid = child.pid ?? 0
  return { pid, port, database, ...costs(pid, database) }
}

async function ready(child: ChildProcess, script: string, port: number): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`${script} ended with ${child.exitCode}`)
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(200)
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
}

function costs(serverPid: number, database: Database | undefined) {
  const pids = () => {
    const databasePids = database ? processTree(database.pid) : []
    const serverPids = processTree(serverPid).filter((pid) => !databasePids.includes(pid))
    return { serverPids, databasePids }
  }
  return {
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

/** Finds the embedded PostgreSQL that runs on a folder by the notes it leaves there. */
async function connect(folder: string, started: Started): Promise<Database> {
  const notes = await readFile(path.join(folder, 'postgres/postmaster.pid'), 'utf8')
  const [pid, , , port] = notes.split('\n')
  const password = await readFile(path.join(folder, 'postgres-password'), 'utf8')
  const url = `postgres://karcis:${password.trim()}@127.0.0.1:${port}/postgres`
  const pool = openPool(url, 2)
  started.defer(() => pool.end())
  return { folder, url, pid: Number(pid), pool }
}

async function settingsOf({ database }: Server): Promise<Record<string, string>> {
  const given = await database?.pool.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings where source = 'command line'
     and name not in ('port', 'data_directory', 'listen_addresses', 'unix_socket_directories')`,
  )
  return Object.fromEntries(given?.rows.map(({ name, setting }) => [name, setting]) ?? [])
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
      `select (select count(*) from booking.stock) as stock,
              (select count(*) from booking.seats) as seats`,
    )
    if (rows[0]?.stock === ticketTypes.length && rows[0].seats === seats) return
    await sleep(250)
  }
  throw new Error('booking did not put the concerts on sale in a minute')
}
