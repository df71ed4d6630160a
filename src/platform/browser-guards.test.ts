import assert from 'node:assert'
import { test } from 'node:test'
import { pino } from 'pino'
import { browserHeaders } from './browser-guards.ts'
import { createHttpServer } from './http-server.ts'
import { servePages } from './pages.ts'
import { memoryTurns } from './rate-limits.ts'

async function server(publicUrl: string, origins: string[] = []) {
  const http = await createHttpServer({
    logger: pino({ level: 'silent' }),
    version: 'test',
    authenticate: async () => undefined,
    protection: {
      trustProxy: undefined,
      headers: browserHeaders(publicUrl),
      origins,
      recordAction: async () => {},
      limits: { takeTurn: memoryTurns(), perAddress: 0, perAccount: 0, perAccountAndEvent: 0 },
    },
  })
  http.get('/data', () => ({}))
  servePages(http, {}, [])
  return http
}

test('every answer tells browsers to run and frame nothing, refusals too', async () => {
  const http = await server('https://shop.example')
  for (const url of [
    '/data',
    '/nothing',
    '/',
    '/errors',
    '/docs/',
    '/docs/static/swagger-ui.css',
  ]) {
    const { headers } = await http.inject(url)
    assert.equal(headers['x-content-type-options'], 'nosniff', url)
    assert.equal(headers['referrer-policy'], 'same-origin', url)
    assert.equal(headers['strict-transport-security'], 'max-age=31536000', url)
    const policy = String(headers['content-security-policy'])
    assert.match(policy, /^default-src '(none|self)'/, url)
    assert.match(policy, /frame-ancestors 'none'/, url)
    assert.doesNotMatch(policy, /script-src|unsafe-eval/, url)
  }
  await http.close()
})

test('a browser is bound to TLS only where the shop has it', async () => {
  const http = await server('http://localhost:3000')
  const { headers } = await http.inject('/data')
  assert.equal(headers['strict-transport-security'], undefined)
  await http.close()
})

test('pages of no other origin may read answers unless it is named', async () => {
  const closed = await server('https://shop.example')
  const open = await server('https://shop.example', ['https://partner.example'])
  const ask = async (http: typeof open, origin: string) =>
    (await http.inject({ url: '/data', headers: { origin } })).headers[
      'access-control-allow-origin'
    ]
  assert.equal(await ask(closed, 'https://partner.example'), undefined)
  assert.equal(await ask(open, 'https://partner.example'), 'https://partner.example')
  assert.equal(await ask(open, 'https://evil.example'), undefined)
  assert.equal(await ask(open, 'https://partner.example.evil.example'), undefined)

  const { statusCode, headers } = await open.inject({
    method: 'OPTIONS',
    url: '/data',
    headers: { origin: 'https://partner.example', 'access-control-request-method': 'POST' },
  })
  assert.equal(statusCode, 204)
  assert.equal(headers['access-control-max-age'], '7200')
  assert.match(String(headers['access-control-allow-headers']), /authorization/)
  assert.equal(headers['access-control-allow-credentials'], undefined)
  await closed.close()
  await open.close()
})
