import { existsSync } from 'node:fs'
import path from 'node:path'
import { startEmbeddedPostgres } from '../platform/embedded-postgres.ts'
import { startError } from '../platform/start-error.ts'

export type LiveDatabase = { databaseUrl: string; close(): Promise<void> }

/** The database the program itself would use: `DATABASE_URL`, or the embedded one. */
export async function openLiveDatabase(): Promise<LiveDatabase> {
  const databaseUrl = process.env['DATABASE_URL']
  if (databaseUrl) return { databaseUrl, close: async () => {} }
  const folder = path.resolve(process.env['DATA_DIR'] ?? '.karcis')
  if (!existsSync(folder)) {
    throw startError(
      `There is no database yet: ${folder} does not exist and DATABASE_URL is not set.`,
    )
  }
  const server = await startEmbeddedPostgres(folder)
  return { databaseUrl: server.databaseUrl, close: () => server.stop() }
}
