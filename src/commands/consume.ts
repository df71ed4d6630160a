import { setTimeout as sleep } from 'node:timers/promises'
import { composition } from '../compose.ts'
import { complete, keyNames, readEnv, toConfig } from '../config.ts'
import { keepKeys } from '../platform/data-folder.ts'
import { foreignDatabase } from '../platform/database.ts'
import { runningDatabaseUrl } from '../platform/embedded-postgres.ts'
import { createLogger } from '../platform/logger.ts'
import { openPool } from '../platform/postgres.ts'
import { startError } from '../platform/start-error.ts'
import { stopOnDefects, stopOnSignals, stopWithParent } from '../platform/stop.ts'
import { startTracing } from '../platform/tracing.ts'
import { runCommand } from './run-command.ts'

const connectionsMax = 5
const patienceSeconds = 30

/** Consumes one work queue until it is stopped, beside a Karcis that may do the same. */
async function main(): Promise<void> {
  const [queue, ...rest] = process.argv.slice(2)
  if (queue === undefined || rest.length > 0) throw startError('Name one queue to consume.')
  const env = readEnv()
  const settings = toConfig(env)
  const log = createLogger({ ...settings.log, process: queue })
  const stopping = stopOnSignals(log)
  stopOnDefects(log, stopping.request)
  if (env['npm_lifecycle_event']) stopWithParent(stopping.request)

  const { url, dataDir } = settings.database
  const databaseUrl =
    url === undefined
      ? await embedded(dataDir, stopping.signal)
      : (await foreignDatabase(url)).databaseUrl
  const keys = await keepKeys(dataDir, settings.keys, keyNames)
  const config = complete(settings, settings.http.port, keys)
  await using opened = new AsyncDisposableStack()
  opened.use(await startTracing(config.tracing, queue, log))
  const pool = openPool(databaseUrl, connectionsMax)
  try {
    const consumer = await composition.composeConsumer({ config, databaseUrl, pool, log }, queue)
    if (!consumer) throw startError(`There is no queue ${queue} with these CONTRACTS.`)
    log.info({ queue }, 'consuming')
    await consumer.run(stopping.signal)
  } finally {
    await pool.end()
  }
}

/** The embedded database is the program's to start; one that is just starting is waited for. */
async function embedded(dataDir: string, stopping: AbortSignal): Promise<string> {
  for (let second = 0; second < patienceSeconds; second += 0.5) {
    const databaseUrl = await runningDatabaseUrl(dataDir)
    if (databaseUrl) return databaseUrl
    await sleep(500, undefined, { signal: stopping })
  }
  throw startError(`No Karcis runs on ${dataDir}; start it first, or set DATABASE_URL.`)
}

await runCommand(main)
process.exit()
