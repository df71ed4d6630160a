import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { readEnv } from '../config.ts'
import { startError } from '../platform/start-error.ts'
import { runCommand } from './run-command.ts'
import { kafka } from './services/kafka.ts'
import { ask, end, runningIn } from './services/processes.ts'
import { rabbitmq } from './services/rabbitmq.ts'
import { redis } from './services/redis.ts'
import type { Place, Service } from './services/service.ts'
import { startService } from './services/start-service.ts'

const help = `npm run services -- up [rabbitmq] [kafka] [redis]
npm run services -- down [--now] [rabbitmq] [kafka] [redis]
npm run services -- status
npm run services -- run <tool> [argument …]

up       fetches the servers once, starts them on 127.0.0.1, and waits until they answer
down     stops what \`up\` started, and nothing else; their data stays. --now kills them
status   says which of them run, and where
run      runs one of their own tools against them: rabbitmqctl, rabbitmq-queues, redis-cli,
         kafka-topics, kafka-console-consumer, kafka-consumer-groups, …

Without names, all three are meant. These are real servers for tests and for trying things out, not
for real use. Programs, data, logs and process ids are kept in services/ of DATA_DIR; delete that folder when
they are down, and they never were. RabbitMQ and Redis are Debian's packages, unpacked there and not
installed; Kafka comes from Maven Central and needs Java 17 and Maven.

  --rabbitmq-port <port>   5672, unless given; the next 20,000 + 0 and 1 are used as well
  --kafka-port <port>      9092, unless given; the port after it is used as well
  --redis-port <port>      6379, unless given
  --folder <folder>        another folder than services/ of DATA_DIR
`

const all = [rabbitmq, kafka, redis]
const print = (text: string) => void process.stdout.write(`${text}\n`)

const port = { type: 'string' } as const
const options = {
  'rabbitmq-port': port,
  'kafka-port': port,
  'redis-port': port,
  folder: { type: 'string' },
  now: { type: 'boolean' },
  help: { type: 'boolean' },
} as const
type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

async function main(): Promise<void> {
  const given = process.argv.slice(2)
  // The arguments of a tool are its own.
  const ofTool = given.indexOf('run') + 1
  const { values, positionals } = parseArgs({
    args: ofTool === 0 ? given : given.slice(0, ofTool),
    allowPositionals: true,
    options,
  })
  const [command, ...names] = positionals
  const unknown = names.find((name) => !all.some((service) => service.name === name))
  if (unknown !== undefined) throw startError(`${unknown} is not one of rabbitmq, kafka and redis.`)
  const named = names.length === 0 ? all : all.filter(({ name }) => names.includes(name))
  if (values.help) return print(help)
  if (command === 'up') return up(named, values)
  if (command === 'down') return down(named, values)
  if (command === 'status') return status(values)
  if (command === 'run') return run(given.slice(ofTool), values)
  print(help)
  process.exitCode = 1
}

function placeOf({ name, port }: Service, values: Values): Place {
  const root = path.resolve(
    values.folder ?? path.join(readEnv()['DATA_DIR'] || '.karcis', 'services'),
  )
  const wanted = values[`${name}-port`] ?? `${port}`
  if (!/^\d{4,5}$/.test(wanted) || Number(wanted) > 45_000) {
    throw startError(`--${name}-port is ${wanted}; it must be a number from 1024 to 45000.`)
  }
  return {
    installed: path.join(root, 'programs'),
    folder: path.join(root, name),
    port: Number(wanted),
  }
}

/** One after another: a machine that tries things out has few processors. */
async function up(services: readonly Service[], values: Values): Promise<void> {
  for (const service of services) {
    const place = placeOf(service, values)
    const { name, setting } = service
    const before = await runningIn(place.folder)
    if (before) {
      print(`${name} runs already; ${setting(before.port)}`)
      continue
    }
    if ((await ask(service, place.port)) !== 'nothing') {
      throw startError(
        `Port ${place.port} is in use, so ${name} cannot start there; give it another by --${name}-port.`,
      )
    }
    await mkdir(place.installed, { recursive: true })
    await service.install(place.installed)
    await startService(service, place, await service.prepare(place))
    print(`${name} is up; ${setting(place.port)}`)
  }
}

async function down(services: readonly Service[], values: Values): Promise<void> {
  for (const service of services.toReversed()) {
    const { folder } = placeOf(service, values)
    const running = await runningIn(folder)
    if (running) await end(folder, running, values.now ?? false)
    print(`${service.name} ${running ? 'is down.' : 'was not up.'}`)
  }
}

async function status(values: Values): Promise<void> {
  for (const service of all) {
    const running = await runningIn(placeOf(service, values).folder)
    if (!running) print(`${service.name} is down.`)
    else {
      const answer = await ask(service, running.port)
      const pids = running.processes.map(({ pid }) => pid).join(', ')
      const how = answer === 'ready' ? 'up' : 'up but does not answer'
      print(`${service.name} is ${how}; ${service.setting(running.port)}; process ${pids}`)
    }
  }
}

async function run([name = '', ...args]: string[], values: Values): Promise<void> {
  for (const service of all) {
    const place = placeOf(service, values)
    const port = (await runningIn(place.folder))?.port ?? place.port
    const tool = service.tool({ ...place, port }, name, args)
    if (!tool) continue
    const { command, env } = tool
    const child = spawn(command, tool.args, { stdio: 'inherit', ...(env && { env }) })
    const [code] = (await once(child, 'exit').catch(() => {
      throw startError(
        `${name} is not there; \`npm run services -- up ${service.name}\` fetches it.`,
      )
    })) as [number | null]
    process.exitCode = code ?? 1
    return
  }
  throw startError(`No service has a tool ${name}.`)
}

await runCommand(main)
