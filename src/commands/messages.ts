import { parseArgs } from 'node:util'
import { createLogger } from '../platform/logger.ts'
import { openPool } from '../platform/postgres.ts'
import { postgresBus } from '../platform/postgres-bus.ts'
import { startError } from '../platform/start-error.ts'
import { openLiveDatabase } from './live-database.ts'
import { runCommand } from './run-command.ts'

const help = `npm run messages -- parked [--json]
npm run messages -- replay (--all | <id> …)

parked   lists the messages whose delivery failed until its retries were used up: which module
         did not get it, what it is about, and the last error
replay   delivers parked messages again, the named ones or all of them

The database is that of DATABASE_URL, or the embedded one.
`

const print = (text: string) => void process.stdout.write(`${text}\n`)

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { all: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  const [command, ...ids] = positionals
  if (values.help || (command !== 'parked' && command !== 'replay')) {
    process.exitCode = values.help ? 0 : 1
    return print(help)
  }
  if (command === 'replay' && ids.length === 0 && !values.all) {
    throw startError('Say which messages to replay: their ids as `parked` shows them, or --all.')
  }
  if (ids.some((id) => !/^\d{1,18}$/.test(id))) {
    throw startError('An id is a number, as `parked` shows it.')
  }

  await using live = await openLiveDatabase()
  const pool = openPool(live.databaseUrl, 2)
  try {
    const bus = await postgresBus(
      pool,
      { subscribers: new Map(), workQueues: [] },
      createLogger({ level: 'warn', process: 'messages' }),
    )
    if (command === 'replay') {
      const count = await bus.replay(values.all ? undefined : ids)
      return print(`${count} messages will be delivered again.`)
    }
    const parked = await bus.parked()
    if (values.json) return print(JSON.stringify(parked, undefined, 2))
    for (const { parkedId, module, envelope, attempts, lastError } of parked) {
      const { type, subject, time } = envelope
      print(`${parkedId}  ${type} of ${subject}, written ${time}, for ${module}`)
      print(`    after ${attempts} attempts: ${lastError.split('\n')[0]}`)
    }
    print(parked.length === 0 ? 'Nothing is parked.' : `${parked.length} parked.`)
    await bus.close()
  } finally {
    await pool.end()
  }
}

await runCommand(main)
