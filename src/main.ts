import path from 'node:path'
import type { Composition, Surroundings } from './composition.ts'
import { complete, keyNames, localUrl, readEnv, settingsText, toConfig } from './config.ts'
import type { Config } from './config.ts'
import { debounced, keepChild, listenToParent, type Child } from './platform/children.ts'
import { keepKeys, takeDataFolder } from './platform/data-folder.ts'
import { embeddedDatabase, foreignDatabase } from './platform/database.ts'
import { closeHttp, listen, settlePort } from './platform/http-listen.ts'
import { createLogger, type Logger } from './platform/logger.ts'
import { measureProcess, snapshotOf, type Snapshot } from './platform/metrics.ts'
import { measurePool } from './platform/pool-metrics.ts'
import { openPool } from './platform/postgres.ts'
import { measureAll } from './platform/measured-processes.ts'
import { announce, progress } from './platform/progress.ts'
import { isStartError, startError } from './platform/start-error.ts'
import { demandKafka, isService, overKafka, startServices } from './services.ts'
import { armSteps } from './platform/steps.ts'
import { startTracing } from './platform/tracing.ts'
import { stopOnDefects, stopOnSignals, stopWithParent } from './platform/stop.ts'

/** Reading all modules takes about as long as making a database, so it waits for nothing. */
const compose = async (): Promise<Composition> => (await import('./compose.ts')).composition
const program = path.join(import.meta.dirname, 'start.mjs')
const connectionsMax = 20
const wakeMillis = 10

/**
 * The whole program, or with `asServices` the one in front of the services, which it starts. What
 * was opened is closed in the opposite order, however it ends.
 */
async function run(asServices: boolean): Promise<void> {
  const env = readEnv()
  const settings = toConfig(asServices ? overKafka(env) : env)
  const log = createLogger({ ...settings.log, process: 'main' })
  armSteps(settings.faultStepsDir)
  const stopping = stopOnSignals(log)
  stopOnDefects(log, stopping.request)
  if (env['npm_lifecycle_event']) stopWithParent(stopping.request)
  if (asServices && !env['BUS']) await demandKafka(settings.bus.kafkaBrokers)
  const step = progress(log, stopping.signal)
  await using opened = new AsyncDisposableStack()
  opened.use(await startTracing(settings.tracing, 'main', log))

  const { url, dataDir, migrate: mode, demoData } = settings.database
  const { host, processes } = settings.http
  if (url === undefined)
    opened.use(await step('taking the data folder', () => takeDataFolder(dataDir)))
  const port = await settlePort(host, settings.http.port)
  const onLine = (line: string, grave: boolean) => log[grave ? 'warn' : 'debug'](line)
  const starting =
    url === undefined ? embeddedDatabase(dataDir, { step, onLine }) : foreignDatabase(url)
  compose().catch(() => {})
  const database = opened.use(await starting)
  const { databaseUrl } = database
  const { migrate, loadDemoData } = await compose()
  await step('applying revisions', () => migrate(databaseUrl, mode, log))

  const config = complete(settings, port, await keepKeys(dataDir, settings.keys, keyNames))
  const whole = opened.use(surroundings(config, databaseUrl, log))
  if (demoData) await step('loading demo data', () => loadDemoData(whole))

  const services = asServices
    ? opened.use(
        await step('starting the services', () => startServices(whole, program, stopping.signal)),
      )
    : undefined
  const here = services ? { ...whole, config: services.config } : whole
  const worker = opened.use(await startWorker(here))
  const wakeWorker = debounced(worker.wake, wakeMillis)
  const children = [...(services?.children ?? []), ...(worker.child ? [worker.child] : [])]
  const snapshots = () => measureAll(children)
  const { addresses } = opened.use(await serve({ ...here, wakeWorker, snapshots }))
  for (let more = 1; more < processes; more++) {
    const start = { config: here.config, databaseUrl }
    const how = { program, role: 'api', name: `api-${more}`, start, log, onWake: wakeWorker }
    children.push(opened.use(keepChild({ ...how, onAsk: snapshots })))
  }
  stopping.signal.throwIfAborted()
  announce(log, localUrl(host, port), { ...addresses, ...services?.addresses })

  const lost = await Promise.race([stopping.requested, database.lost])
  if (lost !== undefined) throw startError(`PostgreSQL ended by itself: ${lost}`)
}

/** A process that `run` started beside itself, as `role` says. */
async function runChild(role: string, name: string): Promise<void> {
  const parent = await listenToParent<{ config: Config; databaseUrl: string }>()
  const { config, databaseUrl } = parent.start
  const log = createLogger({ ...config.log, process: name })
  armSteps(config.faultStepsDir)
  stopOnDefects(log, parent.stop)
  await using opened = new AsyncDisposableStack()
  opened.use(await startTracing(config.tracing, name, log))

  const here = opened.use(surroundings(config, databaseUrl, log))
  parent.onAsk(() => snapshotOf(name))
  if (role === 'worker') {
    const worker = await (await compose()).composeWorker(here)
    parent.onWake(worker.wake)
    if (!parent.signal.aborted) await worker.run(parent.signal)
    return
  }
  // Its worker stops with the parent's word and not after the last request: there is time for both.
  const { wake } = isService(role) ? opened.use(await runWorker(here, parent.signal)) : parent
  const snapshots = async () => (await parent.ask<Snapshot[]>()) ?? [await snapshotOf(name)]
  const wakeWorker = debounced(wake, wakeMillis)
  opened.use(await serve({ ...here, wakeWorker, snapshots }))
  await parent.stopped
}

function surroundings(config: Config, databaseUrl: string, log: Logger) {
  measureProcess()
  const pool = openPool(databaseUrl, connectionsMax)
  measurePool('main', pool)
  const here: Surroundings = { config, databaseUrl, pool, log }
  return { ...here, [Symbol.asyncDispose]: () => pool.end() }
}

/** Composes the API and answers requests until it is disposed of. */
async function serve(here: Parameters<Composition['composeApi']>[0]) {
  const { composeApi } = await compose()
  const { http, addresses, close } = await composeApi(here)
  const { host, port, processes } = here.config.http
  await listen(http, host, port, processes > 1)
  return {
    addresses,
    async [Symbol.asyncDispose]() {
      await closeHttp(http)
      await close()
    },
  }
}

/** Checkout must not wait for mails and messages, so by default they get a process of their own. */
async function startWorker(
  here: Surroundings,
): Promise<AsyncDisposable & { wake(): void; child?: Child }> {
  const { config, databaseUrl, log } = here
  if (config.worker === 'none') return { wake: () => {}, [Symbol.asyncDispose]: async () => {} }
  if (config.worker === 'process') {
    const start = { config, databaseUrl }
    const child = keepChild({ program, role: 'worker', start, log, yields: true })
    return { ...child, child }
  }
  return runWorker(here)
}

/** A worker in this process, until it is disposed of or the signal is aborted. */
async function runWorker(
  here: Surroundings,
  signal = new AbortController().signal,
): Promise<AsyncDisposable & { wake(): void }> {
  const worker = await (await compose()).composeWorker(here)
  const stopping = new AbortController()
  const running = worker.run(AbortSignal.any([signal, stopping.signal]))
  return {
    wake: worker.wake,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await running
    },
  }
}

const isRole = (name: string | undefined): name is string =>
  name === 'worker' || name === 'api' || isService(name)

const [argument, ...rest] = process.argv.slice(2)
try {
  if (argument === '--help') process.stdout.write(settingsText)
  else if (process.send && isRole(argument)) await runChild(argument, rest[0] ?? argument)
  else if (argument === 'services') await run(true)
  else if (argument === undefined) await run(false)
  else throw startError(`Karcis knows --help and services, not ${[argument, ...rest].join(' ')}.`)
} catch (error) {
  const stopped = error instanceof Error && error.name === 'AbortError'
  if (!stopped) {
    process.exitCode = 1
    const said = isStartError(error) ? error.message : ((error as Error).stack ?? String(error))
    process.stderr.write(`${said}\n`)
  }
}
process.exit()
