import type { Run } from './drive.ts'
import type { Ground } from './servers.ts'

/** How long and how large; `quick` is for seeing that all works, and its figures say little. */
export type Size = { seconds: number; quick: boolean; connections: number[] | undefined }

export type Bench = Size & {
  /** Servers that are started on it are stopped when the scenario ends. */
  ground: Ground
  say(progress: string): void
}

export type Target = { what: string; figure: number; wanted: string; reached: boolean }

/** One line of the results. An outcome with problems has figures that nobody shall see. */
export type Outcome = {
  scenario: string
  /** What of the scenario, as `1,000 connections`. */
  level: string
  /** What is counted: orders, requests, check-ins. */
  unit: string
  figures: Figures
  targets: Target[]
  problems: string[]
}

export type Figures = Record<string, number>

export type Scenario = { about: string; run(bench: Bench): AsyncGenerator<Outcome> }

export const atLeast = (what: string, figure: number, wanted: number): Target => ({
  what,
  figure,
  wanted: `>= ${wanted}`,
  reached: figure >= wanted,
})
export const atMost = (what: string, figure: number, wanted: number): Target => ({
  what,
  figure,
  wanted: `<= ${wanted}`,
  reached: figure <= wanted,
})

export const round = (value: number, decimals: number): number => Number(value.toFixed(decimals))

/** What is said of every run: throughput, latency, cost and memory, for so many of the unit. */
export function figuresOf(run: Run, done: number = sumOf(run.statuses)): Figures {
  const perThousand = (seconds: number) => round((seconds * 1000) / done, 3)
  return {
    perSecond: run.perSecond,
    p50Ms: run.p50Ms,
    p95Ms: run.p95Ms,
    p99Ms: run.p99Ms,
    serverCpuSecondsPer1000: perThousand(run.serverCpuSeconds),
    databaseCpuSecondsPer1000: perThousand(run.databaseCpuSeconds),
    loadCpuSecondsPer1000: perThousand(run.cpuSeconds),
    peakMb: run.peakMb,
    endMb: run.endMb,
  }
}

/** The run beside that of the null server, the ceiling on this machine and in this minute. */
export const besideNull = (perSecond: number, nothing: Run): Figures => ({
  nullPerSecond: nothing.perSecond,
  ofNull: round(perSecond / nothing.perSecond, 3),
})

export const sumOf = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

export const ofNull = (problems: string[]): string[] =>
  problems.map((problem) => `null server: ${problem}`)
