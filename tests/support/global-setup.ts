import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/platform/embedded-postgres.ts'
import { createTemplate } from './database.ts'

const memoryBytesMin = 4 * 2 ** 30

let server: EmbeddedPostgres
let folder: string

/** One PostgreSQL for all test files. Nothing in it outlives the run, so it need not be durable. */
export async function globalSetup(): Promise<void> {
  // Most test files are a process each: what one has compiled the others need not.
  process.env['NODE_COMPILE_CACHE'] ??= path.resolve('node_modules/.cache/karcis')
  folder = await mkdtemp(path.join(await roomiestFolder(), 'karcis-test-'))
  await chmod(folder, 0o755)
  process.env['TMPDIR'] = folder
  process.env['TEST_FOLDER'] = folder
  server = await startEmbeddedPostgres(folder, {
    settings: { fsync: 'off', synchronous_commit: 'off', max_connections: '300' },
  })
  process.env['TEST_DATABASE_URL'] = server.databaseUrl
  await createTemplate(server.databaseUrl)
}

/** Memory, where there is plenty: a database is made there in a tenth of the time. */
async function roomiestFolder(): Promise<string> {
  const memory = '/dev/shm'
  if (process.env['TMPDIR'] !== undefined || !existsSync(memory)) return tmpdir()
  const { bavail, bsize } = await statfs(memory)
  return bavail * bsize > memoryBytesMin ? memory : tmpdir()
}

export async function globalTeardown(): Promise<void> {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}
