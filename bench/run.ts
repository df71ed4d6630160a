import { appendFile, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { kill, processTree } from './processes.ts'
import { insertTable, jsonLine, report, shown, table, type Machine } from './report.ts'
import type { Outcome, Scenario, Size } from './scenario.ts'
import { backpressure } from './scenarios/backpressure.ts'
import { burst } from './scenarios/burst.ts'
import { checkIns } from './scenarios/check-ins.ts'
import { concertFlow } from './scenarios/concert-flow.ts'
import { contestedOrders, contestedPayments } from './scenarios/contested-orders.ts'
import { expiry } from './scenarios/expiry.ts'
import { fourProcesses } from './scenarios/four-processes.ts'
import { fullTables } from './scenarios/full-tables.ts'
import { lists } from './scenarios/lists.ts'
import { manyEvents } from './scenarios/many-events.ts'
import { metrics } from './scenarios/metrics.ts'
import { shopFlow } from './scenarios/shop-flow.ts'
import { startAndMemory } from './scenarios/start-and-memory.ts'
import { traces } from './scenarios/traces.ts'
import { webhooks } from './scenarios/webhooks.ts'

const scenarios: Record<string, Scenario> = {
  'contested-orders': contestedOrders,
  'contested-payments': contestedPayments,
  'concert-flow': concertFlow,
  'shop-flow': shopFlow,
  lists,
  burst,
  'full-tables': fullTables,
  expiry,
  webhooks,
  'check-ins': checkIns,
  'many-events': manyEvents,
  'start-and-memory': startAndMemory,
  'four-processes': fourProcesses,
  backpressure,
  metrics,
  traces,
}

const help = `Measures the program against others in the same run; see docs/benchmarks.md.

  npm run bench -- [options]

  --scenario a,b      only these; all when absent
${Object.entries(scenarios)
  .map(([name, { about }]) => `      ${name.padEnd(20)}${about}`)
  .join('\n')}
  --seconds 8         how long a server is driven at each level
  --connections 256   instead of the scenario's own; several for contested orders, as 64,256
  --quick             small and short, to see that all works; its figures say little
  --json              one JSON object a line instead of the table
  --log file          appends each result to a file, as one JSON object a line
  --report file       measures nothing: writes the table of a file made by --json into
                      docs/benchmarks.md`

const stops: (() => Promise<void>)[] = []
const say = (progress: string) => console.error(`  ${progress}`)

async function main(): Promise<void> {
  const options = readOptions()
  if (options.report !== undefined) return writeReport(options.report)
  const folder = await mkdtemp(path.join(tmpdir(), 'karcis-bench-'))
  stops.push(() => leave(folder))
  // PostgreSQL, which does not run as root, must be able to pass.
  await chmod(folder, 0o755)

  const machine = thisMachine(options)
  const outcomes: Outcome[] = []
  if (options.json) console.log(JSON.stringify(machine))
  for (const name of options.names) {
    console.error(`${name}: ${scenarios[name]!.about}`)
    for await (const outcome of runOne(name, options, folder)) {
      outcomes.push(outcome)
      const line = jsonLine(outcome)
      if (options.json) console.log(line)
      if (options.log) await appendFile(options.log, `${line}\n`)
      console.error(shown(outcome))
    }
  }
  if (outcomes.some(({ problems }) => problems.length > 0)) process.exitCode = 1
  if (options.json) return
  const lines = outcomes.map((outcome) => JSON.parse(jsonLine(outcome)) as Outcome)
  console.log(`\n${report(machine, lines)}`)
}

/** One scenario on servers and a folder of its own, of which nothing is left when it was clean. */
async function* runOne(name: string, size: Size, parent: string): AsyncGenerator<Outcome> {
  const folder = await mkdtemp(path.join(parent, `${name}-`))
  await chmod(folder, 0o755)
  const first = stops.length
  const started = (stop: () => Promise<void>) => void stops.push(stop)
  let isClean = true
  try {
    for await (const outcome of scenarios[name]!.run({
      ...size,
      ground: { folder, started },
      say,
    })) {
      isClean &&= outcome.problems.length === 0
      yield outcome
    }
  } catch (error) {
    // What fails because everything is being stopped is no news.
    if (stopping) throw error
    isClean = false
    const problems = [(error as Error).message]
    yield { scenario: name, level: 'did not end', unit: '', figures: {}, targets: [], problems }
  }
  while (stops.length > first) await stops.pop()!().catch(console.error)
  if (isClean) await rm(folder, { recursive: true, force: true, maxRetries: 10 })
}

async function writeReport(file: string): Promise<void> {
  const [first = '', ...lines] = (await readFile(file, 'utf8')).trim().split('\n')
  const machine = JSON.parse(first) as Machine
  const outcomes = lines.map((line) => JSON.parse(line) as Outcome)
  const page = path.resolve(import.meta.dirname, '../docs/benchmarks.md')
  const name = path.relative(path.dirname(page), path.resolve(file))
  const text = `${report(machine, outcomes)}\nThe raw lines are in [${path.basename(file)}](${name}).\n`
  await writeFile(page, insertTable(await readFile(page, 'utf8'), text))
  console.log(table(outcomes))
}

const thisMachine = ({ seconds, quick }: Size): Machine => ({
  machine: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  at: new Date().toISOString(),
  seconds,
  quick,
})

/** Leaves nothing behind but what tells why a bench failed. */
async function leave(folder: string): Promise<void> {
  for (const pid of processTree(process.pid)) if (pid !== process.pid) kill(pid, 'SIGTERM')
  if (process.exitCode) console.error(`databases and logs are kept in ${folder}`)
  else await rm(folder, { recursive: true, force: true, maxRetries: 10 })
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      scenario: { type: 'string' },
      seconds: { type: 'string' },
      connections: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      log: { type: 'string' },
      report: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(help)
    process.exit()
  }
  const { quick, json, log, report } = values
  const names = values.scenario?.split(',') ?? Object.keys(scenarios)
  const unknown = names.find((name) => !Object.hasOwn(scenarios, name))
  if (unknown !== undefined)
    throw new Error(`--scenario is one or some of ${Object.keys(scenarios).join(', ')}`)
  const seconds = wholeNumber('--seconds', values.seconds ?? (quick ? '1' : '8'))
  const connections = values.connections
    ?.split(',')
    .map((level) => wholeNumber('--connections', level))
  return { names, seconds, connections, quick, json, log, report }
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new Error(`${option} takes whole numbers above 0`)
  return Number(text)
}

let stopping: Promise<void> | undefined

/** Stops what was started, the last first, however often it is called. */
const stopAll = (): Promise<void> =>
  (stopping ??= (async () => {
    for (let stop = stops.pop(); stop; stop = stops.pop()) await stop().catch(console.error)
  })())

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void stopAll().then(() => process.exit(130)))
}
await main()
  .catch((error: Error) => {
    // What fails because everything is being stopped is no news.
    if (stopping) return
    console.error(error.message)
    process.exitCode = 1
  })
  .finally(stopAll)
