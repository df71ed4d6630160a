import { setTimeout as sleep } from 'node:timers/promises'
import { composition } from '../../src/compose.ts'
import { complete, keyNames, toConfig, type Keys } from '../../src/config.ts'
import { freePort } from '../../src/platform/embedded-postgres.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { openPool } from '../../src/platform/postgres.ts'
import { createTestDatabase } from './database.ts'

/** The keys of a world, for the programs that are started beside it. */
export const worldKeys = Object.fromEntries(
  keyNames.map((name) => [name, name.padEnd(32, '.')]),
) as Keys

export type Mail = { id: string; to: string; subject: string; text: string; status: string }
export type ContractWorld = Awaited<ReturnType<typeof openContractWorld>>

/**
 * The API of the program on a database of its own with the demo data, listening on a free port;
 * what the worker does begins when it is started, and ends when it is stopped.
 */
export async function openContractWorld(env: Record<string, string> = {}) {
  const database = await createTestDatabase()
  const port = await freePort('127.0.0.1')
  const url = `http://127.0.0.1:${port}`
  const { databaseUrl } = database
  const configFor = (more: Record<string, string> = {}) =>
    complete(
      toConfig({ LOG_LEVEL: 'silent', HOST: '127.0.0.1', PORT: String(port), ...env, ...more }),
      port,
      worldKeys,
    )
  const here = (more?: Record<string, string>) => {
    const config = configFor(more)
    const log = createLogger({ ...config.log, process: 'test' })
    return { config, databaseUrl, pool: openPool(databaseUrl, 8), log }
  }
  const running: (() => Promise<void>)[] = []
  const awake: (() => void)[] = []

  /** Runs something of the program until it is stopped, at the latest with the world. */
  async function begin(
    compose: (surroundings: ReturnType<typeof here>) => Promise<Runnable | undefined>,
    more?: Record<string, string>,
  ): Promise<() => Promise<void>> {
    const surroundings = here(more)
    const composed = await compose(surroundings)
    const stopping = new AbortController()
    const ended = composed?.run(stopping.signal)
    if (composed?.wake) awake.push(composed.wake)
    const stop = async () => {
      if (stopping.signal.aborted) return
      stopping.abort()
      await ended
      await surroundings.pool.end()
    }
    running.push(stop)
    return stop
  }

  const api = here()
  await composition.loadDemoData(api)
  const { http, close } = await composition.composeApi({
    ...api,
    wakeWorker: () => awake.forEach((wake) => wake()),
  })
  await http.listen({ port, host: '127.0.0.1' })

  async function mailsTo(to: string): Promise<Mail[]> {
    const answer = await fetch(`${url}/dev/mail.json?to=${encodeURIComponent(to)}`)
    return ((await answer.json()) as { mails: Mail[] }).mails
  }

  return {
    url,
    databaseUrl,
    pool: database.pool,
    startWorker: (more?: Record<string, string>) => begin(composition.composeWorker, more),
    startConsumer: (queue: string) =>
      begin((surroundings) => composition.composeConsumer(surroundings, queue)),
    mailsTo,
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((stop) => stop()))
      await http.close()
      await close()
      await api.pool.end()
      await database[Symbol.asyncDispose]()
    },
  }
}

type Runnable = { run(signal: AbortSignal): Promise<void>; wake?(): void }

/** Looks again and again until what it sees is as it should become. */
export async function until<T>(look: () => Promise<T>, is: (seen: T) => boolean): Promise<T> {
  let seen = await look()
  for (const end = Date.now() + 30_000; !is(seen) && Date.now() < end; seen = await look()) {
    await sleep(30)
  }
  if (!is(seen)) throw new Error(`still ${JSON.stringify(seen)}`)
  return seen
}
