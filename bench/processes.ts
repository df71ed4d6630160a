import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

// Linux tells all of this in /proc (man proc_pid_stat, proc_pid_status, proc_pid_clear_refs).
// Elsewhere there is nothing to read: no processes are seen and every figure is 0.

const ticksPerSecond = 100

/** A process and all that it started, and what those started. */
export function processTree(root: number): number[] {
  const parents = new Map<number, number>()
  const names = read('/proc', (folder) => readdirSync(folder), [])
  for (const pid of names.filter((name) => /^\d+$/.test(name))) {
    parents.set(Number(pid), Number(stat(Number(pid))[1]))
  }
  const tree = new Set([root])
  for (let size = 0; size !== tree.size;) {
    size = tree.size
    for (const [pid, parent] of parents) if (tree.has(parent)) tree.add(pid)
  }
  return [...tree]
}

/** Processor time the processes have used so far, that of their ended children included. */
export function cpuSeconds(pids: readonly number[]): number {
  const ticks = pids.flatMap((pid) => stat(pid).slice(11, 15).map(Number))
  return ticks.reduce((sum, count) => sum + count, 0) / ticksPerSecond
}

export type Memory = { peakMb: number; nowMb: number }

/** The resident memory of the process that had the most of it. */
export function largestMemory(pids: readonly number[]): Memory {
  return pids
    .map((pid) => {
      const status = read(`/proc/${pid}/status`, text, '')
      const mb = (name: string) =>
        Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024)
      return { peakMb: mb('VmHWM'), nowMb: mb('VmRSS') }
    })
    .reduce((a, b) => (b.peakMb > a.peakMb ? b : a), { peakMb: 0, nowMb: 0 })
}

/** The memory of all of them, where what several share counts once (`Pss` of smaps_rollup). */
export function memoryOfAll(pids: readonly number[]): number {
  const kb = pids.map((pid) =>
    Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`, text, ''))?.[1] ?? 0),
  )
  return Math.round(kb.reduce((sum, one) => sum + one, 0) / 1024)
}

/** Makes the peak of each process what it has now. */
export function forgetPeaks(pids: readonly number[]): void {
  for (const pid of pids)
    read(`/proc/${pid}/clear_refs`, (file) => writeFileSync(file, '5'), undefined)
}

/** Waits until what ran before has done its leftovers, deliveries and cleaning of tables and all. */
export async function quiet(say: (progress: string) => void): Promise<void> {
  for (let seconds = 1; seconds <= 300; seconds++) {
    const before = cpuSeconds(processTree(process.pid))
    await sleep(1000)
    if (cpuSeconds(processTree(process.pid)) - before < 0.1) return
    if (seconds % 10 === 0) say(`waiting for the leftovers of the last run, ${seconds} s`)
  }
  throw new Error('the servers did not come to rest in five minutes')
}

export function kill(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended by itself.
  }
}

/** The fields after the name, of which the first is the state. */
function stat(pid: number): string[] {
  const line = read(`/proc/${pid}/stat`, text, '')
  return line.slice(line.lastIndexOf(') ') + 2).split(' ')
}

const text = (file: string): string => readFileSync(file, 'latin1')

/** A process may end between being seen and being read. */
function read<T, Otherwise>(file: string, how: (file: string) => T, otherwise: Otherwise) {
  try {
    return how(file)
  } catch {
    return otherwise
  }
}
