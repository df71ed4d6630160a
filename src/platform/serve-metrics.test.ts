import assert from 'node:assert'
import { test } from 'node:test'
import { pino } from 'pino'
import { createHttpServer } from './http-server.ts'
import { serveMetrics } from './serve-metrics.ts'

async function answerTo(
  token: string | undefined,
  remoteAddress: string,
  headers: Record<string, string> = {},
): Promise<number> {
  const logger = pino({ level: 'silent' })
  const http = await createHttpServer({ logger, version: '1', authenticate: async () => undefined })
  serveMetrics(http, { token, processes: async () => [], gauges: async () => [] })
  const { statusCode } = await http.inject({ url: '/metrics', remoteAddress, headers })
  await http.close()
  return statusCode
}

// prettier-ignore
const rows: [string, number, Parameters<typeof answerTo>][] = [
  ['a caller on this machine',                 200, [undefined, '127.0.0.1']],
  ['one by IPv6',                              200, [undefined, '::1']],
  ['one by IPv4 in IPv6',                      200, [undefined, '::ffff:127.0.0.3']],
  ['a caller from elsewhere',                  403, [undefined, '10.0.0.9']],
  ['one from elsewhere by IPv6',               403, [undefined, '::ffff:10.0.0.9']],
  ['a proxy on this machine',                  403, [undefined, '127.0.0.1', { 'x-forwarded-for': '127.0.0.1' }]],
  ['a token, where none is known',             403, [undefined, '10.0.0.9', { authorization: 'Bearer undefined' }]],
  ['the token, from anywhere',                 200, ['sixteen-letters!', '10.0.0.9', { authorization: 'Bearer sixteen-letters!' }]],
  ['the token, through a proxy',               200, ['sixteen-letters!', '127.0.0.1', { authorization: 'bearer sixteen-letters!', via: '1.1 x' }]],
  ['no token, where one is asked for',         401, ['sixteen-letters!', '127.0.0.1']],
  ['another token',                            401, ['sixteen-letters!', '127.0.0.1', { authorization: 'Bearer sixteen-letters?' }]],
]

for (const [who, status, args] of rows) {
  test(`${who} is answered ${status}`, async () => assert.equal(await answerTo(...args), status))
}
