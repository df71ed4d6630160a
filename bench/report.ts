import type { Figures, Outcome, Target } from './scenario.ts'

/** Where and how long a bench ran. */
export type Machine = {
  machine: string
  cores: number
  memoryGb: number
  node: string
  at: string
  seconds: number
  quick: boolean
}

/** An outcome as a line of JSON. One with problems tells these and no figures. */
export function jsonLine(outcome: Outcome): string {
  if (outcome.problems.length === 0) return JSON.stringify(outcome)
  return JSON.stringify({ ...outcome, figures: {}, targets: [] })
}

/** An outcome as whoever waits for the bench sees it. */
export function shown({ scenario, level, unit, figures, targets, problems }: Outcome): string {
  if (problems.length > 0) {
    return problems.map((problem) => `NOT CLEAN: ${scenario}, ${level}: ${problem}`).join('\n')
  }
  const { perSecond = 0, ofNull } = figures
  const ratio = ofNull === undefined ? '' : `, ${ofNull.toFixed(2)} of null`
  return [
    `  ${scenario}, ${level}: ${perSecond.toLocaleString('en')} ${unit}/s${ratio}`,
    ...targets.map((target) => `  ${verdict(target)}`),
  ].join('\n')
}

const verdict = ({ what, figure, wanted, reached }: Target): string =>
  `${reached ? 'reached' : 'short  '} ${shownNumber(figure)} ${what}, ${wanted}`

/** Machine, figures and targets as Markdown. */
export const report = (machine: Machine, outcomes: Outcome[]): string =>
  [
    `${machine.cores} cores of ${machine.machine}, ${machine.memoryGb} GB, Node ${machine.node}, ${machine.at.slice(0, 10)}; ${machine.seconds} seconds at each level${machine.quick ? ', quick: the figures say little' : ''}.`,
    '',
    table(outcomes),
    '',
    targetTable(outcomes),
    '',
  ].join('\n')

const columns: [string, keyof Figures][] = [
  ['a second', 'perSecond'],
  ['of null', 'ofNull'],
  ['p50 ms', 'p50Ms'],
  ['p95 ms', 'p95Ms'],
  ['p99 ms', 'p99Ms'],
  ['server CPU s / 1,000', 'serverCpuSecondsPer1000'],
  ['database CPU s / 1,000', 'databaseCpuSecondsPer1000'],
  ['load CPU s / 1,000', 'loadCpuSecondsPer1000'],
  ['peak MB', 'peakMb'],
]

/** The figures of all clean outcomes, and that the others were not. */
export function table(outcomes: Outcome[]): string {
  const known = new Set(columns.map(([, name]) => name))
  const rows = outcomes.map(({ scenario, level, unit, figures, problems }) => {
    if (problems.length > 0) return [scenario, level, ...columns.map(() => ''), '**not clean**']
    const cells = columns.map(([, name]) => {
      const figure = figures[name]
      if (figure === undefined) return ''
      return name === 'perSecond' ? `${shownNumber(figure)} ${unit}` : shownNumber(figure)
    })
    const further = Object.entries(figures)
      .filter(([name]) => !known.has(name))
      .map(([name, figure]) => `${inWords(name)} ${shownNumber(figure)}`)
    return [scenario, level, ...cells, further.join(', ')]
  })
  return markdown(['scenario', 'level', ...columns.map(([title]) => title), 'further'], rows)
}

function targetTable(outcomes: Outcome[]): string {
  const rows = outcomes.flatMap(({ scenario, level, targets, problems }) =>
    problems.length > 0
      ? []
      : targets.map(({ what, figure, wanted, reached }) => [
          scenario,
          level,
          what,
          wanted,
          shownNumber(figure),
          reached ? 'reached' : '**short**',
        ]),
  )
  return markdown(['scenario', 'level', 'target', 'wanted', 'figure', ''], rows)
}

function markdown(titles: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n')
}

const shownNumber = (figure: number): string =>
  figure.toLocaleString('en', { maximumFractionDigits: figure < 1 ? 3 : 2 })

const inWords = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

const from = '<!-- From here on `npm run bench -- --report` writes. -->'
const to = '<!-- Up to here. -->'

/** The page with its table made anew. */
export function insertTable(page: string, text: string): string {
  const start = page.indexOf(from)
  const end = page.indexOf(to)
  if (start < 0 || end < start) throw new Error('docs/benchmarks.md has no place for the table')
  return `${page.slice(0, start + from.length)}\n\n${text}\n${page.slice(end)}`
}
