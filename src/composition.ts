import type pg from 'pg'
import type { Config } from './config.ts'
import type { Logger } from './platform/logger.ts'
import type { Snapshot } from './platform/metrics.ts'
import type { Http } from './platform/module.ts'

/** What a process has when its parts are put together. */
export type Surroundings = {
  config: Config
  databaseUrl: string
  pool: pg.Pool
  log: Logger
}

/** What `compose.ts` puts together for `main.ts`, which starts, runs and stops it. */
export type Composition = {
  /** Brings the database up to date, or throws a start error that says what is missing. */
  migrate(databaseUrl: string, mode: Config['database']['migrate'], log: Logger): Promise<void>
  /** Loads the demo data if the database is empty. */
  loadDemoData(surroundings: Surroundings): Promise<void>
  composeApi(
    surroundings: Surroundings & {
      /** An outbox has something; call it as often as that happens. */
      wakeWorker(): void
      /** The metrics of every process of the program; by default of this one alone. */
      snapshots?(): Promise<Snapshot[]>
    },
  ): Promise<{
    http: Http
    /** What is printed when the program is ready; a text that begins with `/` is a path of it. */
    addresses: Record<string, string>
    close(): Promise<void>
  }>
  composeWorker(surroundings: Surroundings): Promise<{
    /** Works until the signal is aborted, and finishes what is under way. */
    run(signal: AbortSignal): Promise<void>
    /** An outbox has something: look now. */
    wake(): void
  }>
  /** Consumes one work queue and nothing else; undefined when nobody here knows it. */
  composeConsumer(
    surroundings: Surroundings,
    queue: string,
  ): Promise<{ run(signal: AbortSignal): Promise<void> } | undefined>
}
