import assert from 'node:assert'
import { test } from 'node:test'
import { wireServer } from '../../../../tests/support/wire-server.ts'
import { callPacer } from './call-pacer.ts'
import { jsonClient } from './json-client.ts'

const millisOf = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
const turns = (pacer: ReturnType<typeof callPacer>, count: number) =>
  Promise.all(Array.from({ length: count }, () => pacer.turn('sale')))

test('a burst passes at once, what follows at the rate', async () => {
  const pacer = callPacer({ perSecond: 100, burst: 10 })
  assert.ok((await millisOf(() => turns(pacer, 10))) < 50)
  assert.ok((await millisOf(() => turns(pacer, 20))) >= 180)
})

test('nothing waits where there is no limit', async () => {
  const pacer = callPacer({ perSecond: Infinity, burst: Infinity })
  assert.ok((await millisOf(() => turns(pacer, 1_000))) < 100)
})

test('a sale goes before what waits longer, and what can wait gets half', async () => {
  const pacer = callPacer({ perSecond: 10, burst: 2 })
  const order: string[] = []
  const call = (urgency: 'sale' | 'unhurried') =>
    pacer.turn(urgency).then(() => void order.push(urgency))
  await pacer.turn('sale')
  await pacer.turn('sale')
  const waiting = [1, 2, 3, 4].map(() => call('unhurried'))
  const sales = [1, 2, 3, 4].map(() => call('sale'))
  await Promise.all([...waiting, ...sales])
  assert.deepEqual(order.slice(0, 4), ['sale', 'sale', 'sale', 'sale'])
  const alone = callPacer({ perSecond: 100, burst: 2 })
  const ten = () => Promise.all(Array.from({ length: 11 }, () => alone.turn('unhurried')))
  assert.ok((await millisOf(ten)) >= 180, 'fifty a second')
})

function clientOf(baseUrl: string, pacer = callPacer({ perSecond: 1_000, burst: 100 })) {
  const options = { name: 'gateway', baseUrl, headers: {}, fetch, pacer, urgency: 'sale' as const }
  return jsonClient({ ...options, timeoutMillis: 10_000 })
}
const read = { method: 'GET', path: '/x' } as const

test('a gateway that wants fewer calls gets none for as long as it says', async () => {
  for (const headers of [{ 'rate-limit-reset': '0.3' }, { 'retry-after': '0.3' }]) {
    await using server = await wireServer({
      'GET /x': { sequence: [[429, { error_code: 'RATE_LIMIT_EXCEEDED' }, headers], {}] },
    })
    const client = clientOf(server.url)
    await assert.rejects(client(read), /answered 429/)
    assert.equal(server.calls.length, 1, 'a 429 is not answered with another call')
    assert.ok((await millisOf(() => client(read))) >= 280)
  }
})

test('a limit that is spent is heeded before it is exceeded', async () => {
  const spent = { 'rate-limit-remaining': '0', 'rate-limit-reset': '0.3' }
  await using server = await wireServer({ 'GET /x': [200, {}, spent] })
  const client = clientOf(server.url)
  await client(read)
  assert.ok((await millisOf(() => client(read))) >= 280)
})

test('once aborted, nothing is waited for: no answer, no turn, no second try', async () => {
  const silent: typeof fetch = (_url, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.throwIfAborted()
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error))
    })
  const options = { name: 'gateway', baseUrl: '', headers: {}, timeoutMillis: 60_000 }
  const slow = { perSecond: 0.01, burst: 1 }
  const ways = {
    'an answer': { fetch: silent, before: 0 },
    'a turn': { fetch: silent, before: 1 },
    'a second try': { fetch: () => Promise.reject(new Error('hung up')), before: 0 },
  }
  for (const [what, { fetch, before }] of Object.entries(ways)) {
    const stopping = new AbortController()
    const { signal } = stopping
    const pacer = callPacer(slow, signal)
    for (let i = 0; i < before; i++) await pacer.turn('sale')
    const client = jsonClient({ ...options, pacer, urgency: 'sale', fetch, signal })
    setTimeout(() => stopping.abort(), 50)
    const millis = await millisOf(() => assert.rejects(client(read)))
    assert.ok(millis >= 45 && millis < 1_000, `${what}: ${millis} ms`)
    await assert.rejects(client(read))
  }
})

test('only what is safe is repeated, and a silent gateway is not waited for', async () => {
  await using server = await wireServer({ 'POST /x': 'hang up', 'GET /x': 'hang up' })
  const client = clientOf(server.url)
  const write = { method: 'POST', path: '/x', body: {} } as const
  await assert.rejects(client(write), /gateway POST \/x: no answer/)
  assert.equal(server.calls.length, 1)
  await assert.rejects(client({ ...write, repeatable: true }), /no answer/)
  assert.equal(server.calls.length, 4)

  const never = jsonClient({
    name: 'gateway',
    baseUrl: '',
    headers: {},
    timeoutMillis: 50,
    pacer: callPacer({ perSecond: 1_000, burst: 100 }),
    urgency: 'sale',
    fetch: (_url, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error))
      }),
  })
  assert.ok((await millisOf(() => assert.rejects(never(write), /no answer in time/))) < 1_000)
})
