import { mkdtemp, rm, chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/platform/embedded-postgres.ts'
import { createTemplate } from './database.ts'

let server: EmbeddedPostgres
let folder: string

/** One PostgreSQL for all test files. Nothing in it outlives the run, so it need not be durable. */
export async function globalSetup(): Promise<void> {
  // Every test file is a process: what one has compiled the others need not.
  process.env['NODE_COMPILE_CACHE'] ??= path.resolve('node_modules/.cache/karcis')
  folder = await mkdtemp(path.join(tmpdir(), 'karcis-test-'))
  await chmod(folder, 0o755)
  process.env['TEST_FOLDER'] = folder
  server = await startEmbeddedPostgres(folder, {
    settings: { fsync: 'off', synchronous_commit: 'off', max_connections: '300' },
  })
  process.env['TEST_DATABASE_URL'] = server.databaseUrl
  await createTemplate(server.databaseUrl)
}

export async function globalTeardown(): Promise<void> {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}
