import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { applySchemas } from '../../src/commands/scratch-databases.ts'
import { openPool } from '../../src/platform/postgres.ts'
import { modulesFolder } from '../../src/platform/revisions.ts'

export type TestDatabase = {
  pool: pg.Pool
  databaseUrl: string
  [Symbol.asyncDispose](): Promise<void>
}

/** The server every test file shares; started once by `global-setup.ts`. */
export function testServerUrl(): string {
  const url = process.env['TEST_DATABASE_URL']
  if (!url) throw new Error('start the tests with `npm test`, which brings up their PostgreSQL')
  return url
}

/** Makes the database that every test database is a copy of: each module's wanted state. */
export async function createTemplate(serverUrl: string): Promise<void> {
  await onServer(serverUrl, 'create database karcis_template')
  await applySchemas(at(serverUrl, 'karcis_template'), modulesFolder)
}

/** A database of the test's own, with every module's tables and nothing in them. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = testServerUrl()
  const name = `t_${randomBytes(6).toString('hex')}`
  await onServer(server, `create database ${name} template karcis_template strategy file_copy`)
  const databaseUrl = at(server, name)
  const pool = openPool(databaseUrl, 10)
  return {
    pool,
    databaseUrl,
    async [Symbol.asyncDispose]() {
      await pool.end()
      await onServer(server, `drop database ${name} with (force)`)
    },
  }
}

function at(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

async function onServer(serverUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
