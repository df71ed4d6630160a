import assert from 'node:assert'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { pino } from 'pino'
import { serveHealth } from './health.ts'
import { createHttpServer } from './http-server.ts'
import { openPool } from './postgres.ts'

test('without its database the program lives and is not ready', async () => {
  const nobody = createServer().listen(0, '127.0.0.1')
  await once(nobody, 'listening')
  const { port } = nobody.address() as AddressInfo
  nobody.close()
  const pool = openPool(`postgres://karcis@127.0.0.1:${port}/karcis`, 1)
  const http = await createHttpServer({
    logger: pino({ level: 'silent' }),
    version: '0',
    authenticate: async () => undefined,
  })
  serveHealth(http, pool)

  assert.equal((await http.inject('/livez')).statusCode, 200)
  const ready = await http.inject('/readyz')
  assert.equal(ready.statusCode, 503)
  assert.equal(ready.headers['retry-after'], '2')
  await http.close()
  await pool.end()
})
