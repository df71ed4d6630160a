import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Composition } from './composition.ts'
import { createHttpServer } from './platform/http-server.ts'
import { openPool } from './platform/postgres.ts'
import { refuse, platformProblems } from './platform/problems.ts'

const schemas = path.join(import.meta.dirname, 'modules')

/** Makes the tables of every module that has none yet. */
export const migrate: Composition['migrate'] = async (databaseUrl) => {
  const pool = openPool(databaseUrl, 1)
  try {
    for (const name of await readdir(schemas)) {
      const sql = await readFile(path.join(schemas, name, 'schema.sql'), 'utf8').catch(() => '')
      const { rowCount } = await pool.query('select from pg_namespace where nspname = $1', [name])
      if (rowCount === 0) await pool.query(sql)
    }
  } finally {
    await pool.end()
  }
}

export const loadDemoData: Composition['loadDemoData'] = async () => {}

export const composeApi: Composition['composeApi'] = async ({ pool, log }) => {
  const http = await createHttpServer({
    logger: log,
    version: '0.1.0',
    authenticate: async () => undefined,
  })
  http.get('/livez', () => ({ status: 'ok' }))
  http.get('/readyz', async (_request, reply) => {
    const answered = await pool.query('select 1').catch(() => undefined)
    return answered ? { status: 'ok' } : refuse(reply, platformProblems, { kind: 'unavailable' })
  })
  return { http, addresses: { API: '/', 'API reference': '/docs' }, close: async () => {} }
}

export const composeWorker: Composition['composeWorker'] = async () => ({
  wake: () => {},
  run: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
})
