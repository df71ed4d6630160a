import assert from 'node:assert'
import { after, before, suite, test } from 'node:test'
import { createHttpServer } from './http-server.ts'
import { forwardTo, prepareForwarding } from './forwarding.ts'
import { remoteApi, serveModuleCalls } from './module-calls.ts'
import type { Http } from './module.ts'
import { isOutage } from './postgres.ts'
import { createLogger } from './logger.ts'

const newServer = () =>
  createHttpServer({
    logger: createLogger({ level: 'silent', folder: undefined, process: 'test' }),
    version: 'test',
    authenticate: async () => undefined,
  })

const api = {
  add: async (a: number, b: number) => a + b,
  find: async (id: string) => (id === 'known' ? { id, at: null } : undefined),
  page: async () => new Uint8Array([37, 80, 68, 70]),
  fail: async (): Promise<void> => {
    throw new Error('a defect')
  },
  wait: async (): Promise<void> => {
    throw new Error('Connection terminated unexpectedly')
  },
}

suite('a module in another process', () => {
  let owner: Http
  let url: string

  before(async () => {
    owner = await newServer()
    serveModuleCalls(owner, [{ name: 'sums', api }], 'the key')
    owner.post('/v1/echo', (request, reply) =>
      reply.code(201).header('x-seen', request.id).send(request.body),
    )
    url = await owner.listen({ port: 0 })
  })
  after(() => owner.close())

  test('is asked as if it were here', async () => {
    const remote = remoteApi({ name: 'sums', api, url, key: 'the key' })
    assert.equal(await remote.add(1, 2), 3)
    assert.deepEqual(await remote.find('known'), { id: 'known', at: null })
    assert.equal(await remote.find('unknown'), undefined)
    assert.deepEqual(await remote.page(), new Uint8Array([37, 80, 68, 70]))
  })

  test('answers nobody without the key, and only its own functions', async () => {
    const stranger = remoteApi({ name: 'sums', api, url, key: 'another key' })
    await assert.rejects(stranger.add(1, 2), /status 401/)
    const curious = { name: 'sums', api: { constructor: api.add, toString: api.add }, url }
    const remote = remoteApi({ ...curious, key: 'the key' })
    await assert.rejects(remote.constructor(1, 2), /status 404/)
  })

  test('is an outage while it does not answer, so that the caller is told to come again', async () => {
    const nowhere = remoteApi({ name: 'sums', api, url: 'http://127.0.0.1:1', key: 'the key' })
    await assert.rejects(nowhere.add(1, 2), isOutage)
    const remote = remoteApi({ name: 'sums', api, url, key: 'the key' })
    await assert.rejects(remote.wait(), isOutage)
  })

  test('is no outage when it fails for another reason, which no waiting mends', async () => {
    const remote = remoteApi({ name: 'sums', api, url, key: 'the key' })
    const error = await remote.fail().catch((thrown: unknown) => thrown)
    assert.match(String(error), /sums did not answer fail: status 500/)
    assert.ok(!isOutage(error))
  })

  test('answers what is sent to another process, and is said to be away when it is', async () => {
    const gateway = await newServer()
    await prepareForwarding(gateway)
    for (const [prefix, origin] of [
      ['/v1', url],
      ['/v2', 'http://127.0.0.1:1'],
    ] as const) {
      await gateway.register(
        async (scope) => {
          forwardTo(scope as Http, origin)
          scope.addContentTypeParser('application/json', () => assert.fail('parsed on the way'))
          scope.post('/echo', { schema: { body: { type: 'null' } } }, () => 'never answered here')
        },
        { prefix },
      )
    }
    const at = await gateway.listen({ port: 0 })
    const send = (path: string) =>
      fetch(`${at}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-request-id': 'seen-1' },
        body: '{"a":[1,2]}',
      })
    const answered = await send('/v1/echo')
    assert.equal(answered.status, 201)
    assert.equal(answered.headers.get('x-seen'), 'seen-1')
    assert.deepEqual(await answered.json(), { a: [1, 2] })

    const away = await send('/v2/echo')
    assert.equal(away.status, 503)
    assert.equal(away.headers.get('retry-after'), '2')
    assert.equal(((await away.json()) as { code: string }).code, 'unavailable')
    await gateway.close()
  })
})
