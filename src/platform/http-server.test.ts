import assert from 'node:assert'
import { test } from 'node:test'
import { pino } from 'pino'
import { Type } from 'typebox'
import { createHttpServer } from './http-server.ts'

test('a body that is announced and not sent is no body', async () => {
  const http = await createHttpServer({
    logger: pino({ level: 'silent' }),
    authenticate: async () => undefined,
    version: 'test',
  })
  http.post('/without', async () => ({ done: true }))
  http.post('/with', { schema: { body: Type.Object({}) } }, async () => ({ done: true }))
  const post = async (url: string, payload: string) => {
    const headers = { 'content-type': 'application/json' }
    const reply = await http.inject({ method: 'POST', url, headers, payload })
    return [reply.statusCode, reply.json().code]
  }

  assert.deepEqual(await post('/without', ''), [200, undefined])
  assert.deepEqual(await post('/with', ''), [400, 'invalid-request'])
  assert.deepEqual(await post('/with', '{}'), [200, undefined])
  assert.deepEqual(await post('/without', '{'), [400, 'malformed-body'])
  await http.close()
})
