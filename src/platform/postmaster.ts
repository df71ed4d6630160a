import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startError } from './start-error.ts'

/** The PostgreSQL server that a data folder says it is run by. */
export type Postmaster = { pid: number; port: number; socketFolder: string; ready: boolean }

const stopMillisMax = 30_000

/** The server that runs on this data folder, if there is one: whatever its pid file says is checked. */
export async function findPostmaster(data: string): Promise<Postmaster | undefined> {
  const file = await readFile(path.join(data, 'postmaster.pid'), 'utf8').catch(() => '')
  const [pid = '', , , port = '', socketFolder = '', , , status = ''] = file.split('\n')
  if (!/^\d+$/.test(pid) || !(await runsOn(data, Number(pid)))) return undefined
  return { pid: Number(pid), port: Number(port), socketFolder, ready: status.trim() === 'ready' }
}

/**
 * Stops the server that outlived the Karcis which started it, and takes away the files of one that
 * is dead: PostgreSQL would take any process that has its old id now for itself. The caller holds
 * the lock of the folder, so nobody else uses that server.
 */
export async function stopOrphan(data: string): Promise<boolean> {
  if (process.platform === 'win32') return false
  const orphan = await findPostmaster(data)
  if (orphan) {
    send(orphan.pid, 'SIGINT', data)
    if (!(await gone(data, orphan.pid))) {
      send(orphan.pid, 'SIGQUIT', data)
      await gone(data, orphan.pid)
    }
  }
  for (const name of ['postmaster.pid', '.s.PGSQL.5432', '.s.PGSQL.5432.lock']) {
    await rm(path.join(data, name), { force: true })
  }
  return orphan !== undefined
}

/** Whether the process is a server on this data folder; the command line says so to everyone. */
async function runsOn(data: string, pid: number): Promise<boolean> {
  if (process.platform === 'win32') return isAlive(pid)
  if (process.platform === 'linux') {
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
    return path.basename(args[0] ?? '') === 'postgres' && args[args.indexOf('-D') + 1] === data
  }
  const ps = promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)])
  const { stdout } = await ps.catch(() => ({ stdout: '' }))
  return stdout.includes(`postgres -D ${data} `)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function send(pid: number, signal: NodeJS.Signals, data: string): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return
    throw startError(
      `A PostgreSQL of another user (process ${pid}) still runs on ${data}; it has to be stopped first.`,
    )
  }
}

async function gone(data: string, pid: number): Promise<boolean> {
  for (const until = Date.now() + stopMillisMax; Date.now() < until; await sleep(20)) {
    if (!(await runsOn(data, pid))) return true
  }
  return false
}
