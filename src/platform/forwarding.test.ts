import assert from 'node:assert'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import type { Principal } from '../kernel/principal.ts'
import { createHttpServer } from './http-server.ts'
import { forwardTo, prepareForwarding } from './forwarding.ts'
import { createLogger } from './logger.ts'
import type { Http } from './module.ts'

const newServer = (principal?: Principal) =>
  createHttpServer({
    logger: createLogger({ level: 'silent', folder: undefined, process: 'test' }),
    version: 'test',
    authenticate: async () => principal,
  })

type OpenApi = { paths: Record<string, { get: { responses: object } }> }

const own = {
  config: { access: ['admin'] },
  schema: { operationId: 'getOwn', summary: 'What is mine' },
} as const

suite('what is passed on to another process', () => {
  let owner: Http
  let front: Http
  let url: string
  before(async () => {
    owner = await newServer({ userId: 'u1', name: '', email: '', roles: ['admin'] })
    owner.get('/v1/own', own, async ({ principal }) => ({ mine: principal?.userId }))
    for (const path of ['/v1/echo', '/v1/bytes', '/v1/raw']) {
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
      scope.get('/v1/own', own, () => assert.fail('answered elsewhere'))
      await scope.register(async (raw) => {
        raw.removeAllContentTypeParsers()
        raw.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null))
        raw.post('/v1/raw', () => assert.fail('answered elsewhere'))
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
    const json = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    }
    for (const path of ['/v1/echo', '/v1/bytes', '/v1/raw']) {
      assert.deepEqual((await echo(path, json)).body, { a: 1 }, path)
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

  test('is described as where it is answered, and access to it is checked there', async () => {
    const described = (server: Http) => (server.swagger() as OpenApi).paths['/v1/own']
    assert.deepEqual(described(front), described(owner))
    assert('401' in described(owner)!.get.responses)
    const headers = { authorization: 'Bearer of-an-admin-there' }
    assert.deepEqual(await (await fetch(`${url}/v1/own`, { headers })).json(), { mine: 'u1' })
    assert.equal((await fetch(`${url}/v1/own`)).status, 401)
  })
})
