import pg from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'
import { inUse, lockDataFolder } from './data-folder.ts'
import {
  runningDatabaseUrl,
  startEmbeddedPostgres,
  type EmbeddedOptions,
} from './embedded-postgres.ts'
import { startError } from './start-error.ts'

export type Database = AsyncDisposable & {
  databaseUrl: string
  /** Resolves only if a server that was started here ends by itself, to what it said last. */
  lost: Promise<string>
}

/**
 * The database for a command beside the program: the one of `DATABASE_URL`, or the embedded one,
 * which is started for as long as the command runs unless a living Karcis already runs it.
 */
export async function openDatabase(config: {
  database: { url: string | undefined; dataDir: string }
}): Promise<Database> {
  const { url, dataDir } = config.database
  if (url !== undefined) return foreignDatabase(url)

  const folder = await lockDataFolder(dataDir)
  if (folder) {
    const opened = new AsyncDisposableStack()
    opened.use(folder)
    const database = opened.use(await embeddedDatabase(dataDir))
    return { ...database, [Symbol.asyncDispose]: () => opened.disposeAsync() }
  }
  for (let attempt = 0; attempt < 40; attempt++) {
    const databaseUrl = await runningDatabaseUrl(dataDir)
    if (databaseUrl) return { databaseUrl, lost: never, [Symbol.asyncDispose]: async () => {} }
    await sleep(250)
  }
  throw await inUse(dataDir)
}

/** Starts the embedded server on a folder whose lock the caller holds. */
export async function embeddedDatabase(
  folder: string,
  options: EmbeddedOptions = {},
): Promise<Database> {
  const server = await startEmbeddedPostgres(folder, options)
  let stopping = false
  return {
    databaseUrl: server.databaseUrl,
    lost: server.ended.then((reason) => (stopping ? never : reason)),
    async [Symbol.asyncDispose]() {
      stopping = true
      await server.stop()
    },
  }
}

/** A server that somebody else runs; a start error when it cannot be used. */
export async function foreignDatabase(databaseUrl: string): Promise<Database> {
  const { rows } = await askOnce(databaseUrl).catch((error: unknown) => {
    throw explainedConnection(databaseUrl, error)
  })
  const { version = 0, readonly = false } = rows[0] ?? {}
  const where = placeOf(databaseUrl)
  if (version < 150_000) throw startError(`The PostgreSQL at ${where} is older than 15.`)
  if (readonly) throw startError(`The PostgreSQL at ${where} is a read-only replica.`)
  return { databaseUrl, lost: never, [Symbol.asyncDispose]: async () => {} }
}

const never = new Promise<never>(() => {})

async function askOnce(connectionString: string) {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return await client.query<{ version: number; readonly: boolean }>(
      `select current_setting('server_version_num')::int as version,
              pg_is_in_recovery() as readonly`,
    )
  } finally {
    await client.end().catch(() => {})
  }
}

const reasons: Record<string, string> = {
  ENOTFOUND: 'that host is unknown',
  EAI_AGAIN: 'that host is unknown',
  ECONNREFUSED: 'nothing answers there',
  ENOENT: 'there is no such socket',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'that host cannot be reached',
  ENETUNREACH: 'that network cannot be reached',
  ECONNRESET: 'it closed the connection',
  '28P01': 'it refuses this user and password',
  '28000': 'it refuses this user',
  '3D000': 'it has no database of that name',
  '53300': 'it has no connection left',
  '57P03': 'it is still starting or already stopping',
}

function explainedConnection(databaseUrl: string, error: unknown): Error {
  const { code = '', message } = oneOfMany(error)
  const reason = reasons[code] ?? message.replace(/\.$/, '')
  return startError(`DATABASE_URL leads to ${placeOf(databaseUrl)}, but ${reason}.`)
}

/** A host with several addresses fails with the errors of all of them. */
function oneOfMany(error: unknown): NodeJS.ErrnoException {
  return error instanceof AggregateError ? error.errors[0] : (error as NodeJS.ErrnoException)
}

/** Where an address leads, without its password. */
function placeOf(databaseUrl: string): string {
  const { hostname, port, pathname, searchParams, username } = new URL(databaseUrl)
  const host = searchParams.get('host') ?? hostname
  return `${username || 'postgres'}@${host}:${port || 5432}${pathname}`
}
