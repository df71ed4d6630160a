import assert from 'node:assert'
import { randomUUID } from 'node:crypto'
import { describe, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { openRedis } from '../../src/platform/redis.ts'
import { redisPages } from '../../src/platform/redis-pages.ts'
import { redisTurns } from '../../src/platform/redis-turns.ts'
import { redisUrl, whileAway, withoutRedis } from '../support/brokers.ts'
import { leftOf, newUser, ok, onSale, openShop, place, send, until } from '../support/shop.ts'

const skip = withoutRedis
const log = pino({ level: 'silent' })

/** Two processes of one shop, as far as Redis sees them. */
async function twoOf<Made>(t: TestContext, make: (redis: ReturnType<typeof openRedis>) => Made) {
  const two = [openRedis(redisUrl, log), openRedis(redisUrl, log)] as const
  t.after(() => two.forEach(({ close }) => close()))
  await until(
    async () => two.map(({ redis }) => redis.status),
    (seen) => seen.every((status) => status === 'ready'),
  )
  return [make(two[0]), make(two[1])] as const
}

const shopName = () => `test-${randomUUID().slice(0, 8)}`
const text = (page: { bytes: Buffer } | undefined) => page?.bytes.toString()

test('processes that share a Redis share the allowances', { skip }, async (t) => {
  const prefix = shopName()
  const [one, other] = await twoOf(t, (redis) => redisTurns(redis, prefix))
  const few = { name: 'few', perMinute: 3 }
  const waits = []
  for (const takeTurn of [one, other, one, other]) waits.push(await takeTurn(few, 'sari'))
  assert.deepEqual(waits, [0, 0, 0, 20])
  assert.equal(await one(few, 'budi'), 0)

  const quick = { name: 'quick', perMinute: 60 }
  for (let i = 0; i < 60; i++) await one(quick, 'sari')
  assert.equal(await one(quick, 'sari'), 1)
  await sleep(1_100)
  assert.equal(await other(quick, 'sari'), 0, 'one a second comes back')
})

describe('pages in a Redis', { skip }, () => {
  const name = { group: 'events', key: 'first', refreshSeconds: 1 }

  /** Two processes, and pages that say which of all that were made they are. */
  async function subject(t: TestContext) {
    const prefix = shopName()
    const [one, other] = await twoOf(t, (redis) => redisPages(redis, prefix))
    let made = 0
    const make = async () => {
      await sleep(50)
      return Buffer.from(`page ${++made}`)
    }
    return { one, other, make }
  }

  test('are made by one process for all who ask at once, and until they are old', async (t) => {
    const { one, other, make } = await subject(t)
    const asked = await Promise.all([one, other, one, other].map((pages) => pages.of(name, make)))
    assert.deepEqual(asked.map(text), Array(4).fill('page 1'))
    await sleep(400)
    const later = await other.of(name, make)
    assert.equal(text(later), 'page 1')
    const { freshMillis = 0 } = later ?? {}
    assert(freshMillis > 0 && freshMillis <= 600, `${freshMillis} ms of 1,000 are left`)
    await sleep(freshMillis + 20)
    assert.equal(text(await one.of(name, make)), 'page 2')
  })

  test('are not shown after a change, not even one that was being made', async (t) => {
    const { one, other, make } = await subject(t)
    await one.of(name, make)
    other.forget('events')
    assert.equal(text(await other.of(name, make)), 'page 2')
    assert.equal(text(await one.of(name, make)), 'page 2')

    const before = Promise.withResolvers<Buffer>()
    const key = { ...name, key: 'second' }
    const reading = one.of(key, () => before.promise)
    await sleep(50)
    other.forget('events')
    assert.equal(text(await other.of(key, make)), 'page 3')
    before.resolve(Buffer.from('page before the change'))
    await reading
    assert.equal(text(await other.of(key, make)), 'page 3')
  })

  test('are made by another when whoever began fails, or never ends', async (t) => {
    const { one, other, make } = await subject(t)
    const failing = one.of(name, async () => {
      await sleep(50)
      throw new Error('no database')
    })
    const waiting = other.of(name, make)
    await assert.rejects(failing, /no database/)
    const soon = sleep(500, 'too late', { ref: false })
    assert.equal(text((await Promise.race([waiting, soon])) as { bytes: Buffer }), 'page 1')

    const key = { ...name, key: 'second' }
    void one.of(key, () => new Promise(() => {}))
    assert.equal(text(await other.of(key, make)), 'page 2')
  })

  test('that are not there are not shared', async (t) => {
    const { one, other, make } = await subject(t)
    assert.equal(await one.of(name, async () => undefined), undefined)
    assert.equal(text(await other.of(name, make)), 'page 1')
  })
})

test(
  'API processes share the catalogue, and sell on when their Redis is killed',
  { skip },
  async () => {
    const prefix = shopName()
    const env = { REDIS_URL: redisUrl, BUS_PREFIX: prefix, API_PROCESSES: '2' }
    await using shop = await openShop(env)
    const event = await onSale(shop, { capacity: 100 })
    const buyer = await newUser(shop)
    const lists = () => ok(send(shop.nobody, 'GET /v1/events'))
    await lists()
    assert.equal(await leftOf(shop, event), 100)

    const redis = new Redis(redisUrl)
    const keys = await redis.keys(`${prefix}:page:*`)
    redis.disconnect()
    for (const part of [':catalog:', ':availability:']) {
      assert(
        keys.some((key) => key.includes(part)),
        `${part} is in ${keys.join(', ')}`,
      )
    }

    const said = (what: string) => shop.program.log.filter(({ msg }) => String(msg).includes(what))
    await whileAway('redis', async () => {
      assert.equal((await place(buyer, event)).status, 201)
      await lists()
      await until(
        () => leftOf(shop, event),
        (left) => left === 99,
      )
      assert(said('Redis does not answer').length > 0)
    })
    await until(
      async () => said('Redis answers again').length,
      (lines) => lines > 0,
    )
    assert.equal((await place(buyer, event)).status, 201)
  },
)
