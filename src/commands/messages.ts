import { parseArgs } from 'node:util'
import { readBus, readEnv } from '../config.ts'
import { createLogger } from '../platform/logger.ts'
import { openBus } from '../platform/open-bus.ts'
import { openPool } from '../platform/postgres.ts'
import { startError } from '../platform/start-error.ts'
import { openLiveDatabase } from './live-database.ts'
import { runCommand } from './run-command.ts'

const help = `npm run messages -- parked [--json]
npm run messages -- replay (--all | <id> …)
npm run messages -- discard <id> …

parked   lists the messages whose delivery failed until its retries were used up: which module
         did not get it, what it is about, and the last error
replay   delivers parked messages again, the named ones or all of them
discard  drops the named messages for good, and prints them as JSON first

They are read where the setting BUS says that messages go: from the database of DATABASE_URL or the
embedded one, or from the broker of RABBITMQ_SERVER or KAFKA_BROKERS.
`

const print = (text: string) => void process.stdout.write(`${text}\n`)

const isCommand = (word: string | undefined) =>
  word === 'parked' || word === 'replay' || word === 'discard'

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { all: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  const [command, ...ids] = positionals
  if (values.help || !isCommand(command)) {
    process.exitCode = values.help ? 0 : 1
    return print(help)
  }
  if (command === 'replay' && ids.length === 0 && !values.all) {
    throw startError('Say which messages to replay: their ids as `parked` shows them, or --all.')
  }
  if (command === 'discard' && (ids.length === 0 || values.all)) {
    throw startError('Say which messages to discard, each by its id as `parked` shows it.')
  }
  const settings = readBus(readEnv())
  if (settings.kind === 'postgres' && ids.some((id) => !/^\d{1,18}$/.test(id))) {
    throw startError('An id is a number, as `parked` shows it.')
  }

  await using opened = new AsyncDisposableStack()
  const bus = await openBus(settings, {
    ...(settings.kind === 'postgres' && { pool: await livePool(opened) }),
    routes: { subscribers: new Map(), workQueues: [] },
    log: createLogger({ level: 'error', process: 'messages' }),
  })
  opened.defer(() => bus.close())
  if (command === 'replay') {
    const count = await answered(settings.kind, bus.replay(values.all ? undefined : ids))
    return print(`${count} messages will be delivered again.`)
  }
  const parked = await answered(settings.kind, bus.parked())
  if (command === 'discard') {
    const named = parked.filter(({ parkedId }) => ids.includes(parkedId))
    print(JSON.stringify(named, undefined, 2))
    const count = await answered(settings.kind, bus.discard(ids))
    return print(`${count} messages were dropped.`)
  }
  if (values.json) return print(JSON.stringify(parked, undefined, 2))
  for (const { parkedId, module, envelope, attempts, lastError } of parked) {
    const { type, subject, time } = envelope
    print(`${parkedId}  ${type} of ${subject}, written ${time}, for ${module}`)
    print(`    after ${attempts} attempts: ${lastError.split('\n')[0]}`)
  }
  print(parked.length === 0 ? 'Nothing is parked.' : `${parked.length} parked.`)
}

async function livePool(opened: AsyncDisposableStack) {
  const { databaseUrl } = opened.use(await openLiveDatabase())
  const pool = openPool(databaseUrl, 2)
  opened.defer(() => pool.end())
  return pool
}

/** A broker that does not answer is the user's to mend. */
async function answered<T>(kind: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (kind === 'postgres') throw error
    throw startError(`The broker of BUS=${kind} does not answer: ${(error as Error).message}`)
  }
}

await runCommand(main)
