import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, readlink } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const entry = path.resolve(import.meta.dirname, '../../src/start.mjs')

export type Program = {
  pid: number
  /** Its address, once it is ready; rejects when it ends before. */
  ready: Promise<string>
  /** Resolves when it has ended. */
  ended: Promise<{ code: number | null; errors: string; millis: number }>
  /** As a terminal does it: to the program and to whatever it started in its group. */
  interrupt(): void
  log: Record<string, unknown>[]
}

/** A test does in a second what an account may do in minutes. */
const unlimited = { RATE_LIMIT_PER_ACCOUNT: '0', RATE_LIMIT_PER_ACCOUNT_AND_EVENT: '0' }

type ProgramOptions = {
  env?: Record<string, string>
  args?: string[]
  uid?: number
  throughShell?: boolean
}

/** Starts the real program on a data folder and a free port, in a process group of its own. */
export function startProgram(dataDir: string, options: ProgramOptions = {}): Program {
  const startedAt = performance.now()
  const { uid, args = [], throughShell } = options
  const command = [process.execPath, entry, ...args]
  // With a second command to come, the shell stays between, as the one of npm does.
  const [file = '', ...rest] = throughShell ? ['sh', '-c', `${command.join(' ')}; :`] : command
  const child = spawn(file, rest, {
    cwd: path.dirname(dataDir),
    env: { PATH: '/usr/bin:/bin', PORT: '0', DATA_DIR: dataDir, ...unlimited, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(uid !== undefined && { uid, gid: uid }),
  })
  const pid = child.pid ?? 0
  const log: Program['log'] = []
  let errors = ''
  child.stderr.on('data', (chunk) => (errors += chunk))
  const ready = Promise.withResolvers<string>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const entry = line.startsWith('{') ? JSON.parse(line) : { text: line }
    log.push(entry)
    if (entry.msg === 'ready') ready.resolve(entry.url)
  })
  const ended = once(child, 'exit').then(async ([code]) => {
    const millis = performance.now() - startedAt
    ready.reject(new Error(`ended with ${code}: ${errors}`))
    await sleep(20)
    return { code, errors, millis }
  })
  ready.promise.catch(() => {})
  return { pid, ready: ready.promise, ended, interrupt: () => process.kill(-pid, 'SIGINT'), log }
}

/** The living processes that belong to a data folder: the program, its worker, its PostgreSQL. */
export async function processesOf(dataDir: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [cwd, environment, command] = await Promise.all([
        readlink(`/proc/${pid}/cwd`).catch(() => ''),
        readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
        readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
      ])
      const belongs =
        command.includes(dataDir) ||
        cwd.startsWith(dataDir) ||
        environment.split('\0').includes(`DATA_DIR=${dataDir}`)
      return belongs ? [Number(pid)] : []
    }),
  )
  return found.flat()
}

/** Waits until nothing of a data folder is alive; resolves to what still is. */
export async function survivorsOf(dataDir: string, millisMax = 3_000): Promise<number[]> {
  for (const until = Date.now() + millisMax; Date.now() < until; await sleep(50)) {
    if ((await processesOf(dataDir)).length === 0) return []
  }
  return processesOf(dataDir)
}
