import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { PaymentChoice } from '../src/modules/booking/contract.ts'
import type { EventOffer } from '../src/modules/catalog/contract.ts'
import { newConcert, orderBodies } from './concert.ts'
import type { Load, LoadResult } from './load.ts'
import { cpuSeconds, processTree } from './processes.ts'
import {
  startNaiveServer,
  startNullServer,
  startProgram,
  type Ground,
  type Server,
} from './servers.ts'

type Settings = {
  seconds: number
  connections: number[]
  /** Whether every order asks for payment at once, or leaves that for later. */
  withPayment: boolean
  say(progress: string): void
}

/** What one server did under one load. */
export type Run = LoadResult & {
  /** What was wrong; the figures of such a run mean nothing. */
  problems: string[]
  errors: number
  serverCpuSeconds: number
  databaseCpuSeconds: number
  peakMb: number
  endMb: number
}
export type Level = { connections: number; null: Run; naive: Run; karcis: Run }

const warmUpSeconds = 2

/**
 * Everyone wants tickets of one concert: orders as fast as each of the three servers answers them,
 * the servers in turn at every number of connections, so that all meet the same weather. A concert
 * of its own for every level keeps the levels alike.
 */
export async function* contestedOrders(
  { seconds, connections, withPayment, say }: Settings,
  place: Pick<Ground, 'folder' | 'started'>,
): AsyncGenerator<Level> {
  const rehearsal = newConcert(warmUpSeconds)
  const concerts = connections.map(() => newConcert(seconds))
  const ground = { ...place, offers: [rehearsal, ...concerts] }

  say('starting the program')
  const karcis = await startProgram(ground)
  say('starting the one-transaction-per-order server and the null server')
  const naive = await startNaiveServer(ground)
  const nothing = await startNullServer(ground)

  const payment = withPayment ? await firstPaymentMethod(karcis) : undefined
  async function measure(name: string, server: Server, concert: EventOffer, load: Partial<Load>) {
    await quiet(say)
    const { connections = 64, seconds = warmUpSeconds } = load
    say(`${connections} connections, ${seconds} s: ${name}`)
    const bodies = orderBodies(concert, payment)
    return run(server, { port: server.port, connections, seconds, name: concert.eventId, bodies })
  }

  say('warming up')
  await measure('null server', nothing, rehearsal, {})
  await measure('one transaction per order', naive, rehearsal, {})
  await measure('karcis', karcis, rehearsal, {})
  for (const [i, concert] of concerts.entries()) {
    const load = { seconds, connections: connections[i] ?? 0 }
    const level = {
      connections: load.connections,
      null: await measure('null server', nothing, concert, load),
      naive: await measure('one transaction per order', naive, concert, load),
      karcis: await measure('karcis', karcis, concert, load),
    }
    level.naive.problems.push(...(await missingOrders(naive, concert, level.naive)))
    level.karcis.problems.push(...(await missingOrders(karcis, concert, level.karcis)))
    say('verifying the database')
    level.karcis.problems.push(...(await verify(karcis)))
    yield level
  }
}

/** Waits until what ran before has done its leftovers, deliveries and cleaning of tables and all. */
async function quiet(say: Settings['say']): Promise<void> {
  for (let seconds = 1; seconds <= 300; seconds++) {
    const before = cpuSeconds(processTree(process.pid))
    await sleep(1000)
    if (cpuSeconds(processTree(process.pid)) - before < 0.1) return
    if (seconds % 10 === 0) say(`waiting for the leftovers of the last run, ${seconds} s`)
  }
  throw new Error('the servers did not come to rest in five minutes')
}

async function firstPaymentMethod({ port }: Server): Promise<PaymentChoice | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/payment-methods`)
  const { methods } = (await answer.json()) as { methods: { gateway: string; method: string }[] }
  const [first] = methods
  return first && { gateway: first.gateway, method: first.method }
}

async function run(server: Server, load: Load): Promise<Run> {
  server.forgetPeaks()
  const before = server.cost()
  const result = await drive(load)
  const after = server.cost()
  const wrong = Object.entries(result.statuses).filter(([status]) => status !== '201')
  return {
    ...result,
    errors: wrong.reduce((sum, [, count]) => sum + count, result.broken),
    problems: [
      ...wrong.map(([status, count]) => `${count} answers with ${status}`),
      ...(result.broken > 0 ? [`${result.broken} connections broke`] : []),
    ],
    serverCpuSeconds: after.serverCpuSeconds - before.serverCpuSeconds,
    databaseCpuSeconds: after.databaseCpuSeconds - before.databaseCpuSeconds,
    peakMb: after.memory.peakMb,
    endMb: after.memory.nowMb,
  }
}

/** Runs the load in a process of its own. */
async function drive(load: Load): Promise<LoadResult> {
  const script = path.join(import.meta.dirname, 'load.ts')
  const child = spawn(process.execPath, [script, JSON.stringify(load)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (child.exitCode !== 0) throw new Error(`the load ended with ${child.exitCode}`)
  return JSON.parse(said) as LoadResult
}

/** Every order that was acknowledged must be in the table, and nothing else. */
async function missingOrders(server: Server, { eventId }: EventOffer, { statuses }: Run) {
  const counted = await server.database?.pool.query<{ orders: number }>(
    'select count(*) as orders from booking.orders where event_id = $1',
    [eventId],
  )
  const acknowledged = statuses['201'] ?? 0
  const orders = counted?.rows[0]?.orders
  return orders === acknowledged
    ? []
    : [`${acknowledged} orders were acknowledged, ${orders} are in the database`]
}

async function verify({ database }: Server): Promise<string[]> {
  const env = { PATH: process.env['PATH'], DATA_DIR: database?.folder, NODE_NO_WARNINGS: '1' }
  const cwd = path.resolve(import.meta.dirname, '..')
  return promisify(execFile)('npm', ['run', '--silent', 'verify'], { cwd, env }).then(
    () => [],
    (error: Error & { stdout: string; stderr: string }) => [
      `npm run verify fails: ${error.stderr.trim() || error.stdout.trim() || error.message}`,
    ],
  )
}
