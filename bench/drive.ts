import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import type { Load, LoadResult } from './load.ts'
import type { Ground, Server } from './servers.ts'

/** What one server did under one load. */
export type Run = LoadResult & {
  /** What was wrong; the figures of such a run mean nothing. */
  problems: string[]
  serverCpuSeconds: number
  databaseCpuSeconds: number
  peakMb: number
  endMb: number
}

/** Drives a server; every answer must have one of the statuses that are named. */
export async function drive(
  { folder }: Ground,
  server: Server,
  { good, ...load }: Omit<Load, 'port'> & { good: readonly string[] },
): Promise<Run> {
  server.forgetPeaks()
  const before = server.cost()
  const result = await runLoad(folder, { port: server.port, ...load })
  const after = server.cost()
  const wrong = Object.entries(result.statuses).filter(([status]) => !good.includes(status))
  return {
    ...result,
    problems: [
      ...wrong.map(([status, count]) => `${count} answers with ${status}`),
      ...(result.broken > 0 ? [`${result.broken} connections broke`] : []),
      ...(Object.keys(result.statuses).length === 0 ? ['no answer at all'] : []),
    ],
    serverCpuSeconds: after.serverCpuSeconds - before.serverCpuSeconds,
    databaseCpuSeconds: after.databaseCpuSeconds - before.databaseCpuSeconds,
    peakMb: after.memory.peakMb,
    endMb: after.memory.nowMb,
  }
}

/** For servers that nobody asked anything yet, which are slow at first. */
export async function driveWarm(
  ground: Ground,
  server: Server,
  load: Parameters<typeof drive>[2],
): Promise<Run> {
  await drive(ground, server, { ...load, seconds: 1 })
  return drive(ground, server, load)
}

let loads = 0

/** Runs the load in a process of its own. */
async function runLoad(folder: string, load: Load): Promise<LoadResult> {
  const file = path.join(folder, `load-${++loads}.json`)
  await writeFile(file, JSON.stringify(load))
  const script = path.join(import.meta.dirname, 'load.ts')
  const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (child.exitCode !== 0) throw new Error(`the load ended with ${child.exitCode}`)
  return JSON.parse(said) as LoadResult
}

/** What `npm run verify` finds in the server's database. */
export async function verify({ database }: Server): Promise<string[]> {
  const env = { PATH: process.env['PATH'], DATA_DIR: database?.folder, NODE_NO_WARNINGS: '1' }
  const cwd = path.resolve(import.meta.dirname, '..')
  return promisify(execFile)('npm', ['run', '--silent', 'verify'], { cwd, env }).then(
    () => [],
    (error: Error & { stdout: string; stderr: string }) => [
      `npm run verify fails: ${error.stderr.trim() || error.stdout.trim() || error.message}`,
    ],
  )
}

/** One number out of the server's database. */
export async function countIn(
  { database }: Server,
  sql: string,
  values: unknown[] = [],
): Promise<number> {
  const { rows } = await database!.pool.query<{ count: number }>(sql, values)
  return Number(rows[0]?.count)
}

/** What the client counted must be what the database has, to the last one. */
export async function differs(
  server: Server,
  what: string,
  counted: number,
  [sql, ...values]: [string, ...unknown[]],
): Promise<string[]> {
  const kept = await countIn(server, sql, values)
  return kept === counted ? [] : [`the client counted ${counted} ${what}, the database ${kept}`]
}

/** Every order that was acknowledged must be in the table, and nothing else. */
export const missingOrders = (server: Server, eventIds: string[], acknowledged: number) =>
  differs(server, 'orders', acknowledged, [
    'select count(*) from booking.orders where event_id = any($1)',
    eventIds,
  ])
