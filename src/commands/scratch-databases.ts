import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../platform/embedded-postgres.ts'
import { openPool } from '../platform/postgres.ts'
import { moduleNames, upgrade, type Revision } from '../platform/revisions.ts'

/** Makes empty databases that are dropped when the work is done. */
export type Scratch = { create(): Promise<string> }

/**
 * Runs `work` with scratch databases: on the server of `databaseUrl` when it may create databases
 * there, otherwise on a PostgreSQL that lives as long as the work.
 */
export async function withScratch<T>(
  databaseUrl: string | undefined,
  work: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  if (databaseUrl && (await mayCreateDatabases(databaseUrl))) return onServer(databaseUrl, work)
  const folder = await mkdtemp(path.join(tmpdir(), 'karcis-scratch-'))
  await chmod(folder, 0o755)
  const server = await startEmbeddedPostgres(folder)
  try {
    return await onServer(server.databaseUrl, work)
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A database as every module's `schema.sql` wants it. */
export async function wantedDatabase(scratch: Scratch, folder: string): Promise<string> {
  const databaseUrl = await scratch.create()
  await applySchemas(databaseUrl, folder)
  return databaseUrl
}

/** A database to which all revisions were applied. */
export async function revisedDatabase(
  scratch: Scratch,
  revisions: readonly Revision[],
): Promise<string> {
  const databaseUrl = await scratch.create()
  const pool = openPool(databaseUrl, 1)
  await upgrade(pool, revisions, { info: () => {} })
  await pool.end()
  return databaseUrl
}

/** Makes what every module's `schema.sql` wants in an empty database. */
export async function applySchemas(databaseUrl: string, folder: string): Promise<void> {
  for (const module of await moduleNames(folder)) {
    const wanted = await readFile(path.join(folder, module, 'schema.sql'), 'utf8').catch(() => '')
    await query(databaseUrl, wanted)
  }
}

async function onServer<T>(serverUrl: string, work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const made: string[] = []
  try {
    return await work({
      async create() {
        const name = `karcis_scratch_${randomBytes(6).toString('hex')}`
        await query(serverUrl, `create database ${name} template template0`)
        made.push(name)
        const url = new URL(serverUrl)
        url.pathname = `/${name}`
        return url.href
      },
    })
  } finally {
    for (const name of made) await query(serverUrl, `drop database ${name} with (force)`)
  }
}

async function mayCreateDatabases(databaseUrl: string): Promise<boolean> {
  const { rows } = await query(
    databaseUrl,
    'select from pg_roles where rolname = current_user and (rolcreatedb or rolsuper)',
  )
  return rows.length > 0
}

export async function query(
  databaseUrl: string,
  sql: string,
  values?: unknown[],
): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    return await client.query(sql, values)
  } finally {
    await client.end()
  }
}
