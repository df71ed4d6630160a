import { mkdtemp, rm, chmod } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { contestedOrders, type Level } from './contested-orders.ts'
import { kill, processTree } from './processes.ts'
import { jsonLine, problemsOf, table, targets } from './report.ts'

const help = `Measures the program against two servers in the same run; see docs/benchmarks.md.

  npm run bench -- [options]

  --scenario contested-orders   one concert, every order holds tickets; the default
             contested-payments the same, and every order asks for payment at once
  --seconds 10                  how long each server is driven at each level
  --connections 64,256,1000     the levels
  --quick                       2 seconds at 64 connections, to see that all works
  --json                        one JSON object a line instead of the table`

/** Whether the orders ask for payment at once. */
const scenarios = { 'contested-orders': false, 'contested-payments': true }

const stops: (() => Promise<void>)[] = []

async function main(): Promise<void> {
  const options = readOptions()
  const say = (progress: string) => console.error(`  ${progress}`)
  const folder = await mkdtemp(path.join(tmpdir(), 'karcis-bench-'))
  stops.push(() => leave(folder))
  // PostgreSQL, which does not run as root, must be able to pass.
  await chmod(folder, 0o755)

  const levels: Level[] = []
  const started = (stop: () => Promise<void>) => void stops.push(stop)
  for await (const level of contestedOrders({ ...options, say }, { folder, started })) {
    levels.push(level)
    if (options.json) console.log(jsonLine(options.scenario, level))
    for (const problem of problemsOf(level)) console.error(`NOT CLEAN: ${problem}`)
  }
  if (levels.some((level) => problemsOf(level).length > 0)) process.exitCode = 1
  if (options.json) return
  console.log(`\n${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}\n`)
  console.log(`${table(levels)}\n`)
  for (const line of targets(levels)) console.log(line)
}

/** Leaves nothing behind but what tells why a bench failed. */
async function leave(folder: string): Promise<void> {
  for (const pid of processTree(process.pid)) if (pid !== process.pid) kill(pid, 'SIGTERM')
  if (process.exitCode) console.error(`databases and logs are kept in ${folder}`)
  else await rm(folder, { recursive: true, force: true, maxRetries: 10 })
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      scenario: { type: 'string', default: 'contested-orders' },
      seconds: { type: 'string' },
      connections: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(help)
    process.exit()
  }
  const { scenario, quick, json } = values
  const withPayment = Object.entries(scenarios).find(([name]) => name === scenario)?.[1]
  if (withPayment === undefined)
    throw new Error(`--scenario is one of ${Object.keys(scenarios).join(', ')}`)
  const seconds = wholeNumber('--seconds', values.seconds ?? (quick ? '2' : '10'))
  const levels = values.connections ?? (quick ? '64' : '64,256,1000')
  const connections = levels.split(',').map((level) => wholeNumber('--connections', level))
  return { scenario, withPayment, seconds, connections, json }
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
