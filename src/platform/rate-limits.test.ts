import assert from 'node:assert'
import { test } from 'node:test'
import { pino } from 'pino'
import type { Principal } from '../kernel/principal.ts'
import { createHttpServer } from './http-server.ts'
import type { Protection } from './protection.ts'
import { memoryTurns, networkOf, type RateLimits } from './rate-limits.ts'

const minute = 60_000

/** A server on which anyone may buy, at a time that the test sets. */
async function server(limits: Partial<RateLimits>, more: Partial<Protection> = {}) {
  let now = 0
  const http = await createHttpServer({
    logger: pino({ level: 'silent' }),
    version: 'test',
    authenticate: async ({ headers }): Promise<Principal> => {
      const userId = String(headers.authorization)
      return { userId, name: 'n', email: 'e', roles: ['buyer'] }
    },
    protection: {
      trustProxy: undefined,
      headers: {},
      origins: [],
      recordAction: async () => {},
      ...more,
      limits: {
        takeTurn: memoryTurns(() => now),
        perAddress: 0,
        perAccount: 0,
        perAccountAndEvent: 0,
        ...limits,
      },
    },
  })
  http.get('/', () => ({}))
  http.post('/buy', { config: { buysAt: ({ body }) => String(body) } }, () => ({}))
  type Request = { from?: string; as?: string; at?: string; forwarded?: string }
  const call = ({ from = '203.0.113.7', as, at, forwarded }: Request = {}) =>
    http.inject({
      method: at === undefined ? 'GET' : 'POST',
      url: at === undefined ? '/' : '/buy',
      remoteAddress: from,
      headers: {
        ...(as !== undefined && { authorization: as }),
        ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }),
      },
      ...(at !== undefined && { payload: JSON.stringify(at) }),
      ...(at !== undefined && {
        headers: { authorization: String(as), 'content-type': 'application/json' },
      }),
    })
  return {
    call,
    status: async (request: Parameters<typeof call>[0]) => (await call(request)).statusCode,
    wait: (millis: number) => void (now += millis),
    close: () => http.close(),
  }
}

test('who asks too often is told when to come again, and is welcome then', async () => {
  const { call, status, wait, close } = await server({ perAccount: 6 })
  for (let i = 0; i < 6; i++) assert.equal(await status({ as: 'sari' }), 200)
  const refused = await call({ as: 'sari' })
  assert.equal(refused.statusCode, 429)
  assert.equal(refused.json().code, 'too-many-requests')
  assert.equal(refused.json().requestId, refused.headers['x-request-id'])
  assert.deepEqual(
    ['retry-after', 'ratelimit-policy', 'ratelimit'].map((name) => refused.headers[name]),
    ['10', '"per-account";q=6;w=60', '"per-account";r=0;t=10'],
  )
  assert.equal(await status({ as: 'budi' }), 200, 'another account has its own allowance')
  assert.equal(await status({}), 200, 'as has nobody')
  wait(9_999)
  assert.equal(await status({ as: 'sari' }), 429)
  wait(1)
  assert.equal(await status({ as: 'sari' }), 200)
  assert.equal(await status({ as: 'sari' }), 429)
  wait(60 * minute)
  const answers = []
  for (let i = 0; i < 7; i++) answers.push(await status({ as: 'sari' }))
  assert.deepEqual(answers, [200, 200, 200, 200, 200, 200, 429], 'nothing is saved up')
  await close()
})

test('an account has a smaller allowance for each event, and only where it buys', async () => {
  const { status, close } = await server({ perAccountAndEvent: 2 })
  assert.equal(await status({ as: 'sari', at: 'rock' }), 200)
  assert.equal(await status({ as: 'sari', at: 'rock' }), 200)
  assert.equal(await status({ as: 'sari', at: 'rock' }), 429)
  assert.equal(await status({ as: 'sari', at: 'jazz' }), 200)
  assert.equal(await status({ as: 'budi', at: 'rock' }), 200)
  assert.equal(await status({ as: 'sari' }), 200)
  await close()
})

test('an address has an allowance, except an address of this machine', async () => {
  const { status, close } = await server({ perAddress: 1 })
  assert.equal(await status({ from: '203.0.113.7' }), 200)
  assert.equal(await status({ from: '203.0.113.7', as: 'sari' }), 429)
  assert.equal(await status({ from: '203.0.113.8' }), 200)
  for (const from of ['127.0.0.1', '127.0.0.1', '::1', '::1']) {
    assert.equal(await status({ from }), 200)
  }
  await close()
})

test('what a caller says of its own address is not believed', async () => {
  const { status, close } = await server({ perAddress: 1 })
  assert.equal(await status({ forwarded: '198.51.100.1' }), 200)
  assert.equal(await status({ forwarded: '198.51.100.2' }), 429)
  assert.equal(await status({ forwarded: '127.0.0.1' }), 429)
  await close()
})

for (const trustProxy of [1, ['203.0.113.0/24']]) {
  test(`a proxy trusted as ${trustProxy} speaks for those behind it, and they for nobody`, async () => {
    const { status, close } = await server({ perAddress: 1 }, { trustProxy })
    assert.equal(await status({ forwarded: '198.51.100.1' }), 200)
    assert.equal(await status({ forwarded: '198.51.100.2' }), 200)
    assert.equal(await status({ forwarded: '198.51.100.2' }), 429)
    assert.equal(await status({ forwarded: '127.0.0.1, 198.51.100.2' }), 429, 'the left is a claim')
    await close()
  })
}

test('a subscriber has one network of IPv6, however its addresses are written', () => {
  assert.equal(networkOf('2001:db8:1:2::9'), networkOf('2001:db8:1:2:ffff::1'))
  assert.equal(networkOf('2001:db8::1'), networkOf('2001:db8:0:0:5:6:7:8'))
  assert.notEqual(networkOf('2001:db8:1:2::9'), networkOf('2001:db8:1:3::9'))
  assert.equal(networkOf('::ffff:203.0.113.7'), '203.0.113.7')
  assert.equal(networkOf('fe80::1%eth0'), networkOf('fe80::2%eth0'))
})

test('no more callers are remembered than there is room for', () => {
  const takeTurn = memoryTurns(() => 0)
  const limit = { name: 'l', perMinute: 1 }
  assert.equal(takeTurn(limit, 'first'), 0)
  assert.equal(takeTurn(limit, 'first'), 60)
  for (let i = 0; i < 100_000; i++) takeTurn(limit, String(i))
  assert.equal(takeTurn(limit, 'first'), 0, 'the longest unseen is forgotten')
})
