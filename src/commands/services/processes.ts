import { spawn } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command, Service } from './service.ts'

/** A service that was started: its port, and its processes in the order of their start. */
export type Running = { port: number; processes: { pid: number; startedAt: string }[] }

const stateFile = (folder: string) => path.join(folder, 'running.json')
const stopMillisMax = 30_000

/** What was started and still lives. An ended process whose number another has now is not ours. */
export async function runningIn(folder: string): Promise<Running | undefined> {
  const text = await readFile(stateFile(folder), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const { port, processes } = JSON.parse(text) as Running
  const alive = processes.filter(({ pid, startedAt }) => startOf(pid) === startedAt)
  return alive.length === 0 ? undefined : { port, processes: alive }
}

/** Starts the processes apart from us, so that they stay when we end. */
export async function launch(folder: string, commands: Command[], port: number): Promise<Running> {
  await mkdir(folder, { recursive: true })
  const log = openSync(path.join(folder, 'output.log'), 'a')
  const running: Running = { port, processes: [] }
  for (const { command, args, env } of commands) {
    const child = spawn(command, args, {
      cwd: folder,
      detached: true,
      stdio: ['ignore', log, log],
      ...(env && { env }),
    })
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
    child.unref()
    const pid = child.pid!
    running.processes.push({ pid, startedAt: startOf(pid) ?? 'ended' })
    await writeFile(stateFile(folder), JSON.stringify(running))
  }
  return running
}

/** Ends the processes, the last one first, and the children they have, patiently or at once. */
export async function end(folder: string, { processes }: Running, atOnce: boolean): Promise<void> {
  for (const { pid, startedAt } of processes.toReversed()) {
    const lives = () => startOf(pid) === startedAt
    // A process that was started apart leads a group of its own, in which its children are.
    if (lives()) process.kill(atOnce ? -pid : pid, atOnce ? 'SIGKILL' : 'SIGTERM')
    const deadline = Date.now() + stopMillisMax
    while (lives() && Date.now() < deadline) await sleep(50)
    if (lives()) process.kill(-pid, 'SIGKILL')
  }
  await rm(stateFile(folder), { force: true })
}

/** When a process began, in a form that differs from any later process of the same number. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Its name, in brackets, may hold anything; field 3 is its state, field 22 its start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

/** Whether something listens on the port, and whether it is this service, ready to work. */
export function ask({ probe }: Service, port: number): Promise<'nothing' | 'silent' | 'ready'> {
  return new Promise((resolve) => {
    let connected = false
    let answer = Buffer.alloc(0)
    const socket = net.connect(port, '127.0.0.1', () => {
      connected = true
      socket.write(probe.send)
    })
    const finish = () => {
      socket.destroy()
      const ready = answer.subarray(0, probe.answer.length).equals(probe.answer)
      resolve(ready ? 'ready' : connected ? 'silent' : 'nothing')
    }
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk])
      if (answer.length >= probe.answer.length) finish()
    })
    socket.setTimeout(2_000, finish)
    socket.on('error', finish)
    socket.on('close', finish)
  })
}
