import assert from 'node:assert'
import { test } from 'node:test'
import pino from 'pino'
import { createHttpServer } from './http-server.ts'
import { servePages } from './pages.ts'
import { platformProblems } from './problems.ts'

test('the front page says where things are, and every refusal points to what it means', async () => {
  const http = await createHttpServer({
    logger: pino({ level: 'silent' }),
    version: '1',
    authenticate: async () => undefined,
  })
  servePages(http, { 'Shop API': '/v1/events', 'Demo <accounts>': 'a@b.c' }, [platformProblems])
  const front = (await http.inject('/')).body
  assert.match(front, /<a href="\/v1\/events">/)
  assert.match(front, /Demo &lt;accounts>/)

  const refusal = (await http.inject('/nowhere')).json<{ type: string; code: string }>()
  assert.equal(refusal.type, `/errors#${refusal.code}`)
  const errors = (await http.inject('/errors')).body
  assert.match(errors, new RegExp(`<tr id="${refusal.code}">`))
  await http.close()
})
