import assert from 'node:assert'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { createHttpServer } from './http-server.ts'
import { forwardTo, prepareForwarding } from './forwarding.ts'
import { createLogger } from './logger.ts'
import type { Http } from './module.ts'

const newServer = () =>
  createHttpServer({
    logger: createLogger({ level: 'silent', folder: undefined, process: 'test' }),
    version: 'test',
    authenticate: async () => undefined,
  })

suite('what is passed on to another process', () => {
  let owner: Http
  let front: Http
  let url: string
  before(async () => {
    owner = await newServer()
    for (const path of ['/v1/echo', '/v1/bytes']) {
      owner.all(path, async ({ url, headers, body }) => ({ url, headers, body }))
    }
    front = await newServer()
    const origin = await owner.listen({ port: 0 })
    await prepareForwarding(front)
    await front.register(async (scope) => {
      forwardTo(scope as Http, origin)
      scope.all('/v1/echo', () => assert.fail('answered elsewhere'))
      await scope.register(async (inner) => {
        inner.removeAllContentTypeParsers()
        inner.addContentTypeParser('text/plain', { parseAs: 'buffer' }, (_, body, done) =>
          done(null, body),
        )
        inner.removeContentTypeParser('text/plain')
        inner.post('/v1/bytes', () => assert.fail('answered elsewhere'))
      })
    })
    url = await front.listen({ port: 0 })
  })
  after(async () => {
    await front.close()
    await owner.close()
  })

  type Echo = { url: string; headers: Record<string, string>; body?: unknown }
  const echo = async (target: string, init?: RequestInit) =>
    (await (await fetch(`${url}${target}`, init)).json()) as Echo

  test('tells who calls as it is believed here, whatever the caller claims', async () => {
    const { headers } = await echo('/v1/echo', { headers: { 'x-forwarded-for': '192.0.2.7' } })
    assert.match(headers['x-forwarded-for'] ?? '', /^(::ffff:)?127\.0\.0\.1$|^::1$/)
  })

  test('keeps its query, also where that is no text or looks like a path', async () => {
    for (const query of ['?a=%c0%af', '?a=/../b', '?a=%2e%2e/']) {
      assert.equal((await echo(`/v1/echo${query}`)).url, `/v1/echo${query}`)
    }
  })

  test('is refused where its body is too large, whether or not that says how long it is', async () => {
    const upload = async (headers: Record<string, string>) => {
      const sending = request(`${url}/v1/echo`, { method: 'POST', headers })
      const answered = new Promise<number | undefined>((resolve, reject) => {
        sending.once('response', ({ statusCode }) => resolve(statusCode))
        sending.once('error', reject)
      })
      sending.end(Buffer.alloc(200_000, 'x'))
      return answered
    }
    const type = { 'content-type': 'application/json' }
    assert.equal(await upload({ ...type, 'content-length': '200000' }), 413)
    assert.equal(await upload({ ...type, 'transfer-encoding': 'chunked' }), 413)
  })

  test('keeps its body, whatever parsers its route brings or takes away', async () => {
    const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '[1]' }
    for (const path of ['/v1/echo', '/v1/bytes']) {
      assert.deepEqual((await echo(path, json)).body, [1], path)
    }
  })

  test('may ask whether to go on, which is answered here', async () => {
    const headers = { expect: '100-continue', 'content-type': 'application/json' }
    const sending = request(`${url}/v1/echo`, { method: 'POST', headers })
    sending.once('continue', () => sending.end('{"a":1}'))
    sending.flushHeaders()
    const answer = await new Promise<NodeJS.ReadableStream>((resolve, reject) =>
      sending.once('response', resolve).once('error', reject),
    )
    assert.deepEqual((JSON.parse(await text(answer)) as Echo).body, { a: 1 })
  })
})
