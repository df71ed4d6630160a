import type { Level, Run } from './contested-orders.ts'

const cleanLevel = (level: Level): boolean => problemsOf(level).length === 0

export const problemsOf = ({ null: nothing, naive, karcis }: Level): string[] => [
  ...nothing.problems.map((problem) => `null server: ${problem}`),
  ...naive.problems.map((problem) => `one transaction per order: ${problem}`),
  ...karcis.problems.map((problem) => `karcis: ${problem}`),
]

/** One level as a line of JSON. A level with problems tells these and no figures. */
export function jsonLine(name: string, level: Level): string {
  const { connections, null: nothing, naive, karcis } = level
  const { errors } = karcis
  if (!cleanLevel(level)) {
    return JSON.stringify({ name, connections, errors, problems: problemsOf(level) })
  }
  return JSON.stringify({
    name,
    connections,
    perSecond: karcis.perSecond,
    nullPerSecond: nothing.perSecond,
    naivePerSecond: naive.perSecond,
    ratio: round(karcis.perSecond / nothing.perSecond, 3),
    timesNaive: round(karcis.perSecond / naive.perSecond, 1),
    p50Ms: karcis.p50Ms,
    p95Ms: karcis.p95Ms,
    p99Ms: karcis.p99Ms,
    naiveP99Ms: naive.p99Ms,
    rssMb: karcis.peakMb,
    rssEndMb: karcis.endMb,
    serverCpuSecondsPer1000: perThousand(karcis, karcis.serverCpuSeconds),
    databaseCpuSecondsPer1000: perThousand(karcis, karcis.databaseCpuSeconds),
    loadCpuSecondsPer1000: perThousand(nothing, nothing.cpuSeconds),
    errors,
  })
}

/** The figures of all clean runs, as a Markdown table. */
export function table(levels: Level[]): string {
  const header =
    '| connections | server | orders/s | of null | p50 ms | p95 ms | p99 ms | peak MB | end MB | server CPU s / 1,000 | database CPU s / 1,000 | load CPU s / 1,000 |'
  const rows = levels.filter(cleanLevel).flatMap((level) => {
    const row = (name: string, run: Run) => [
      level.connections.toLocaleString('en'),
      name,
      run.perSecond.toLocaleString('en'),
      round(run.perSecond / level.null.perSecond, 2).toFixed(2),
      run.p50Ms,
      run.p95Ms,
      run.p99Ms,
      run.peakMb,
      run.endMb,
      perThousand(run, run.serverCpuSeconds),
      perThousand(run, run.databaseCpuSeconds),
      perThousand(run, run.cpuSeconds),
    ]
    return [
      row('null', level.null),
      row('one transaction per order', level.naive),
      row('**karcis**', level.karcis),
    ]
  })
  const lines = rows.map((cells) => `| ${cells.join(' | ')} |`)
  return [header, header.replaceAll(/[^|]+/g, '---'), ...lines].join('\n')
}

/** What the program wants to reach, and whether these runs did. */
export function targets(levels: Level[]): string[] {
  const clean = levels.filter(cleanLevel)
  const peakMb = Math.max(...clean.map(({ karcis }) => karcis.peakMb))
  const errors = levels.reduce((sum, { karcis }) => sum + karcis.errors, 0)
  const full = clean.find(({ connections }) => connections === 1000)
  const ratio = full ? full.karcis.perSecond / full.null.perSecond : 0
  const times = full ? full.karcis.perSecond / full.naive.perSecond : 0
  return [
    ...(full
      ? [
          verdict(
            'of the null server at 1,000 connections, >= 0.45',
            ratio.toFixed(2),
            ratio >= 0.45,
          ),
          verdict('times one transaction per order, >= 8', times.toFixed(1), times >= 8),
        ]
      : []),
    verdict('errors, 0', String(errors), errors === 0),
    ...(clean.length > 0 ? [verdict('MB at the peak, <= 250', String(peakMb), peakMb <= 250)] : []),
  ]
}

const verdict = (target: string, figure: string, reached: boolean): string =>
  `${reached ? 'reached' : 'short  '} ${figure} ${target}`

const perThousand = ({ statuses }: Run, seconds: number): number =>
  round((seconds * 1000) / (statuses['201'] ?? 0), 3)

const round = (value: number, decimals: number): number => Number(value.toFixed(decimals))
