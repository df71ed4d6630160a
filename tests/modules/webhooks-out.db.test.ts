import assert from 'node:assert'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import type { Envelope } from '../../src/kernel/message.ts'
import { deliverWebhooks } from '../../src/modules/integration/use-cases/deliver-webhooks.ts'
import { newId } from '../../src/platform/ids.ts'
import { openIntegration, person, type IntegrationWorld } from '../support/integration.ts'
import { orderSnapshot } from '../support/order-snapshot.ts'
import { startReceiver, type Received, type WebhookReceiver } from '../support/webhook-receiver.ts'

let here: IntegrationWorld
let receiver: WebhookReceiver
const ayu = person('ayu', 'organiser')
const budi = person('budi', 'organiser')
const admin = person('citra', 'admin')

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

before(async () => {
  here = await openIntegration()
  receiver = await startReceiver()
})
beforeEach(async () => {
  await here.pool.query('truncate integration.endpoints, integration.outbox cascade')
  receiver.received.length = 0
  receiver.status = 204
  // The library refuses what was not signed within five minutes of now.
  here.world.now = Date.now()
  here.setRoles(admin, ['admin'])
})
after(async () => {
  await receiver[Symbol.asyncDispose]()
  await here[Symbol.asyncDispose]()
})

let position = 0
function message(type: string, eventId: string, time = new Date(here.world.now)): Envelope {
  position += 1
  return {
    specversion: '1.0',
    id: `booking-${position}`,
    source: 'booking',
    type,
    subject: eventId,
    time: time.toISOString(),
    datacontenttype: 'application/json',
    data: { order: orderSnapshot({ eventId }) },
  }
}

type Made = { id: string; secret: string }

async function anEndpoint(owner = ayu, more: object = {}): Promise<Made> {
  const body = { url: receiver.url, types: ['order.paid'], ...more }
  const { status, json } = await here.ask(owner, 'POST ', body)
  assert.equal(status, 201, JSON.stringify(json))
  return json
}

async function deliveriesOf({ id }: Made, query = '') {
  const { status, json } = await here.ask(admin, `GET /${id}/deliveries${query}`)
  assert.equal(status, 200, JSON.stringify(json))
  return json.deliveries
}

const verified = (secret: string, { body, headers }: Received): unknown =>
  new Webhook(secret).verify(body, headers)

/** What the page for receivers tells them to do. */
async function documentedCheck() {
  const page = path.resolve(import.meta.dirname, '../../docs/webhooks.md')
  const [, code = ''] = /```js\n(.*?)```/s.exec(await readFile(page, 'utf8')) ?? []
  const { isFromKarcis } = await import(`data:text/javascript,${encodeURIComponent(code)}`)
  return (secret: string, { headers, body }: Received): boolean =>
    isFromKarcis(secret, headers, body)
}

describe('a webhook', () => {
  test('is known by what the documentation says', async () => {
    const { id, secret } = await anEndpoint()
    const { secret: newer } = (await here.ask(ayu, `POST /${id}/rotate-secret`)).json
    await here.ask(ayu, `POST /${id}/ping`)
    await here.drain()
    const isFromKarcis = await documentedCheck()
    const [webhook] = receiver.received
    assert.ok(webhook)
    assert.ok(isFromKarcis(secret, webhook) && isFromKarcis(newer, webhook))
    assert.ok(!isFromKarcis(`whsec_${btoa('another')}`, webhook))
    assert.ok(!isFromKarcis(secret, { ...webhook, body: webhook.body + ' ' }))
    const old = { ...webhook.headers, 'webhook-timestamp': '1700000000' }
    assert.ok(!isFromKarcis(secret, { ...webhook, headers: old }))
  })

  test('is signed as Standard Webhooks says, and says what happened', async () => {
    const endpoint = await anEndpoint()
    assert.match(endpoint.secret, /^whsec_[\w+/]{43}=$/)
    const paid = message('order.paid', here.anEventOf(ayu))
    await here.hear(paid)
    await here.drain()
    const [webhook, ...others] = receiver.received
    assert.ok(webhook)
    assert.equal(others.length, 0)
    const { type, timestamp, data } = verified(endpoint.secret, webhook) as Record<string, object>
    assert.deepEqual([type, timestamp], ['order.paid', paid.time])
    assert.partialDeepStrictEqual(data, { order: { buyer: { email: 'siti@example.org' } } })

    assert.throws(() => verified(endpoint.secret, { ...webhook, body: webhook.body + ' ' }))
    assert.throws(() => verified(`whsec_${btoa('another')}`, webhook))
    const [delivery] = await deliveriesOf(endpoint)
    assert.equal(webhook.headers['webhook-id'], delivery.id)
    assert.partialDeepStrictEqual(delivery, {
      status: 'delivered',
      attempts: 1,
      nextAttemptAt: null,
      lastAttempt: { status: 204, error: null },
    })
  })

  test('is sent once for a message that comes again', async () => {
    const endpoint = await anEndpoint()
    const paid = message('order.paid', here.anEventOf(ayu))
    await here.hear(paid)
    await here.drain()
    await Promise.all([here.hear(paid), here.hear(paid)])
    await here.drain()
    assert.equal(receiver.received.length, 1)
    assert.equal((await deliveriesOf(endpoint)).length, 1)
  })

  test('of a message so old that its repeat would not be known is not sent', async () => {
    const endpoint = await anEndpoint()
    await here.hear(message('order.paid', here.anEventOf(ayu), new Date(here.world.now - 31 * day)))
    assert.deepEqual(await deliveriesOf(endpoint), [])
  })

  test('goes to those who may hear of the event and asked for it', async () => {
    const theirs = here.anEventOf(ayu)
    const wanted = await Promise.all([
      anEndpoint(),
      anEndpoint(ayu, { eventId: `event-${theirs}` }),
      anEndpoint(admin),
    ])
    const unwanted = await Promise.all([
      anEndpoint(ayu, { types: ['order.cancelled'] }),
      anEndpoint(ayu, { eventId: `event-${here.anEventOf(ayu)}` }),
      anEndpoint(budi),
    ])
    await here.hear(message('order.paid', theirs))
    for (const each of wanted) assert.equal((await deliveriesOf(each)).length, 1)
    for (const each of unwanted) assert.equal((await deliveriesOf(each)).length, 0)
  })

  test('about the events of others does not go to who is no administrator any more', async () => {
    const endpoint = await anEndpoint(admin)
    here.setRoles(admin, ['organiser'])
    await here.hear(message('order.paid', here.anEventOf(ayu)))
    assert.equal((await deliveriesOf(endpoint)).length, 0)
    await here.hear(message('order.paid', here.anEventOf(admin)))
    assert.equal((await deliveriesOf(endpoint)).length, 1)
  })
})

describe('a delivery that fails', () => {
  test('is tried on the schedule for three days, and then no more', async () => {
    receiver.status = 500
    const endpoint = await anEndpoint()
    await here.hear(message('order.paid', here.anEventOf(ayu)))
    const begun = here.world.now
    const pauses = [5 / 60, 5, 30, 120, 300, 600, 840, 1200, 1440].map(
      (minutes) => minutes * minute,
    )
    await here.drain()
    for (const [i, pause] of pauses.entries()) {
      assert.equal(receiver.received.length, i + 1)
      here.world.now += pause - 1
      await here.drain()
      assert.equal(receiver.received.length, i + 1, 'not before its time')
      here.world.now += 1
      await here.drain()
    }
    assert.equal(receiver.received.length, 10)
    here.world.now += 10 * day
    await here.drain()
    assert.equal(receiver.received.length, 10)
    const [delivery] = await deliveriesOf(endpoint)
    assert.partialDeepStrictEqual(delivery, { status: 'failed', attempts: 10 })
    assert.ok(here.world.now - begun > 13 * day)
    assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1)
  })

  test('shows how the answer began', async () => {
    receiver.status = 400
    const endpoint = await anEndpoint()
    await here.hear(message('order.paid', here.anEventOf(ayu)))
    await here.drain()
    const [{ id }] = await deliveriesOf(endpoint)
    const { json } = await here.ask(ayu, `GET /${endpoint.id}/deliveries/${id}`)
    assert.partialDeepStrictEqual(json, {
      status: 'pending',
      response: 'noted',
      history: [{ status: 400, error: null }],
    })
    assert.equal(json.body, receiver.received[0]?.body)
  })

  test('with 410 disables its endpoint, and its owner is told', async () => {
    receiver.status = 410
    const endpoint = await anEndpoint()
    await here.hear(message('order.paid', here.anEventOf(ayu)))
    await here.drain()
    const { json } = await here.ask(ayu, `GET /${endpoint.id}`)
    assert.partialDeepStrictEqual(json, { enabled: false, disabledReason: 'gone' })
    const { rows } = await here.pool.query('select type, data from integration.outbox')
    assert.partialDeepStrictEqual(rows, [
      { type: 'endpoint.disabled', data: { ownerId: ayu.userId, reason: 'gone' } },
    ])
    await here.hear(message('order.paid', here.anEventOf(ayu)))
    await here.drain()
    assert.equal(receiver.received.length, 1)
  })

  test('for five days disables its endpoint, which can be enabled again', async () => {
    receiver.status = 503
    const endpoint = await anEndpoint()
    const event = here.anEventOf(ayu)
    await here.hear(message('order.paid', event))
    await here.drain()
    here.world.now += 5 * day
    await here.drain()
    assert.partialDeepStrictEqual((await here.ask(ayu, `GET /${endpoint.id}`)).json, {
      disabledReason: 'failing',
    })
    here.world.now += day
    await here.drain()
    assert.equal(receiver.received.length, 2)

    receiver.status = 200
    const enabled = await here.ask(ayu, `PATCH /${endpoint.id}`, { enabled: true })
    assert.partialDeepStrictEqual(enabled.json, { enabled: true, failingSince: null })
    await here.drain()
    assert.equal(receiver.received.length, 3, 'what was still to be sent is sent')
  })

  test('holds up its own endpoint at most, and that with four at once', async () => {
    await using slow = await startReceiver()
    slow.status = 'never'
    const stuck = await anEndpoint(ayu, { url: slow.url })
    const fast = await anEndpoint(ayu)
    const event = here.anEventOf(ayu)
    for (let i = 0; i < 40; i++) await here.hear(message('order.paid', event))

    // Nothing is looked for after a while: what is done makes room for the next at once.
    const untilAborted = (signal: AbortSignal) => once(signal, 'abort').then(() => {})
    const stop = new AbortController()
    const running = deliverWebhooks(
      { ...here.ports, pause: untilAborted, onError: assert.fail },
      stop.signal,
    )
    const delivered = async () => (await deliveriesOf(fast, '?status=delivered&limit=100')).length
    const deadline = Date.now() + 10_000
    while ((await delivered()) < 40 && Date.now() < deadline) await sleep(10)
    assert.equal(await delivered(), 40)
    assert.equal(slow.received.length, 4)
    stop.abort()
    await running

    const left = await deliveriesOf(stuck, '?status=pending&limit=100')
    assert.equal(left.length, 40)
    assert.ok(left.every(({ attempts }: { attempts: number }) => attempts === 0))
  })

  test('is given to one of several senders only', async () => {
    await anEndpoint()
    const event = here.anEventOf(ayu)
    for (let i = 0; i < 40; i++) await here.hear(message('order.paid', event))
    await Promise.all([here.drain(), here.drain(), here.drain()])
    assert.equal(receiver.received.length, 40)
    assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 40)
  })

  test('to an address inside fails without a connection', async () => {
    const endpoint = await anEndpoint()
    await here.pool.query(`update integration.endpoints set url = 'http://169.254.169.254/latest'`)
    await here.hear(message('order.paid', here.anEventOf(ayu)))
    await here.drain()
    const [delivery] = await deliveriesOf(endpoint)
    assert.partialDeepStrictEqual(delivery.lastAttempt, { error: 'address-not-allowed' })
  })
})

test('for a day after a rotation both secrets verify, then the new one alone', async () => {
  const endpoint = await anEndpoint()
  const { json } = await here.ask(ayu, `POST /${endpoint.id}/rotate-secret`)
  assert.notEqual(json.secret, endpoint.secret)
  const event = here.anEventOf(ayu)
  await here.hear(message('order.paid', event))
  await here.drain()
  const [webhook] = receiver.received
  assert.ok(webhook)
  verified(endpoint.secret, webhook)
  verified(json.secret, webhook)

  // A day later for the endpoint; the library has only the real clock.
  await here.pool.query('update integration.endpoints set former_secret_until = $1', [
    new Date(here.world.now),
  ])
  await here.hear(message('order.paid', event))
  await here.drain()
  const last = receiver.received[1]
  assert.ok(last)
  verified(json.secret, last)
  assert.throws(() => verified(endpoint.secret, last), /No matching signature/)
})

describe('redelivery', () => {
  test('of one sends it once more under its id, with new retries', async () => {
    const endpoint = await anEndpoint()
    await here.hear(message('order.paid', here.anEventOf(ayu)))
    await here.drain()
    const [{ id }] = await deliveriesOf(endpoint)
    receiver.status = 500
    const again = await here.ask(ayu, `POST /${endpoint.id}/deliveries/${id}/redeliver`)
    assert.equal(again.status, 202)
    await here.drain()
    const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
    assert.deepEqual(ids, [id, id])
    assert.partialDeepStrictEqual(await deliveriesOf(endpoint), [
      { status: 'pending', attempts: 1 },
    ])
  })

  test('of all since an instant leaves out the earlier ones, and those that ended otherwise', async () => {
    const endpoint = await anEndpoint()
    const event = here.anEventOf(ayu)
    await here.hear(message('order.paid', event))
    await here.drain()
    here.world.now += hour
    const since = new Date(here.world.now).toISOString()
    await here.hear(message('order.paid', event))
    await here.drain()
    here.world.now += hour
    await here.hear(message('order.paid', event))
    receiver.status = 410
    await here.drain()
    await here.ask(ayu, `PATCH /${endpoint.id}`, { enabled: true })
    receiver.status = 200
    receiver.received.length = 0

    const redeliver = (body: object) => here.ask(ayu, `POST /${endpoint.id}/redeliver`, body)
    assert.deepEqual((await redeliver({ since, status: 'failed' })).json, { count: 1 })
    await here.drain()
    assert.deepEqual((await redeliver({ since })).json, { count: 2 })
    assert.deepEqual((await redeliver({ since })).json, { count: 0 }, 'what waits, waits once')
    await here.drain()
    assert.equal(receiver.received.length, 3)
  })

  test('of a disabled endpoint is refused', async () => {
    const endpoint = await anEndpoint()
    await here.ask(ayu, `PATCH /${endpoint.id}`, { enabled: false })
    const refused = await here.ask(ayu, `POST /${endpoint.id}/redeliver`, {
      since: '2026-01-01T00:00:00Z',
    })
    assert.deepEqual([refused.status, refused.code], [409, 'endpoint-disabled'])
  })
})

test('a ping is sent whatever the endpoint asked for, and not without end', async () => {
  const endpoint = await anEndpoint()
  const pings = await Promise.all(
    Array.from({ length: 10 }, () => here.ask(ayu, `POST /${endpoint.id}/ping`)),
  )
  assert.ok(pings.every(({ status }) => status === 202))
  const refused = await here.ask(ayu, `POST /${endpoint.id}/ping`)
  assert.deepEqual([refused.status, refused.code], [429, 'too-many-pings'])
  assert.equal(refused.headers['retry-after'], '60')
  await here.drain()
  assert.equal(receiver.received.length, 10)
  assert.partialDeepStrictEqual(verified(endpoint.secret, receiver.received[0]!), {
    type: 'webhook.ping',
    data: { endpointId: endpoint.id },
  })
  here.world.now += 61_000
  assert.equal((await here.ask(ayu, `POST /${endpoint.id}/ping`)).status, 202)
})

test('an endpoint is there for its owner and administrators alone', async () => {
  const { id } = await anEndpoint()
  await here.hear(message('order.paid', here.anEventOf(ayu)))
  const [delivery] = await deliveriesOf({ id, secret: '' })
  const other = await anEndpoint(budi)
  const since = '2026-01-01T00:00:00Z'
  const calls: [line: string, body?: object][] = [
    [`GET /${id}`],
    [`PATCH /${id}`, { enabled: false }],
    [`POST /${id}/rotate-secret`],
    [`POST /${id}/ping`],
    [`GET /${id}/deliveries`],
    [`GET /${id}/deliveries/${delivery.id}`],
    [`POST /${id}/deliveries/${delivery.id}/redeliver`],
    [`POST /${id}/redeliver`, { since }],
    [`DELETE /${id}`],
  ]
  for (const [line, body] of calls) {
    const { status, code } = await here.ask(budi, line, body)
    assert.deepEqual([status, code], [404, 'endpoint-not-found'], line)
  }
  // Through an endpoint of one's own, another's delivery is not reached either.
  for (const line of [`GET`, `POST`]) {
    const suffix = line === 'POST' ? '/redeliver' : ''
    const { status } = await here.ask(
      budi,
      `${line} /${other.id}/deliveries/${delivery.id}${suffix}`,
    )
    assert.equal(status, 404)
  }
  const listed = async (as: typeof ayu) =>
    (await here.ask(as, 'GET ')).json.endpoints.map((each: Made) => each.id)
  assert.deepEqual(await listed(ayu), [id])
  assert.deepEqual(await listed(budi), [other.id])
  assert.equal((await listed(admin)).length, 2)
  for (const [line, body] of calls) {
    const { status } = await here.ask(admin, line, body)
    assert.ok(status < 300 || status === 409, `${line} ${status}`)
  }
  assert.equal((await here.pool.query('select from integration.deliveries')).rowCount, 0)
  const buyer = person('dewi', 'buyer')
  assert.equal((await here.ask(buyer, 'GET ')).status, 403)
})

test('an endpoint is registered once per key, with its secret, for events of one’s own', async () => {
  const body = { url: receiver.url, types: ['order.paid'] }
  const key = { 'idempotency-key': newId() }
  const first = await here.ask(ayu, 'POST ', body, key)
  const again = await here.ask(ayu, 'POST ', body, key)
  assert.deepEqual(again.json, first.json)
  assert.equal(first.headers['cache-control'], 'no-store')
  const other = await here.ask(ayu, 'POST ', { ...body, types: ['order.expired'] }, key)
  assert.equal(other.code, 'idempotency-key-reused')
  assert.ok(!('secret' in (await here.ask(ayu, `GET /${first.json.id}`)).json))

  const theirs = await here.ask(ayu, 'POST ', { ...body, eventId: `event-${here.anEventOf(budi)}` })
  assert.deepEqual([theirs.status, theirs.code], [404, 'event-not-found'])
  const inside = await here.ask(ayu, 'POST ', { ...body, url: 'http://169.254.169.254/' })
  assert.partialDeepStrictEqual(inside.json, {
    status: 422,
    code: 'url-not-allowed',
    reason: 'private-address',
  })
  const moved = await here.ask(ayu, `PATCH /${first.json.id}`, { url: 'http://169.254.169.254/' })
  assert.equal(moved.code, 'url-not-allowed')
})

test('an account has ten endpoints at most, however many it asks for at once', async () => {
  const body = { url: receiver.url, types: ['order.paid'] }
  const answers = await Promise.all(Array.from({ length: 15 }, () => here.ask(ayu, 'POST ', body)))
  const statuses = answers.map(({ status }) => status).sort()
  assert.deepEqual(statuses, [...Array(10).fill(201), ...Array(5).fill(409)])
})

test('deliveries are listed page by page, and forgotten after thirty days', async () => {
  const endpoint = await anEndpoint()
  const event = here.anEventOf(ayu)
  for (let i = 0; i < 5; i++) await here.hear(message('order.paid', event))
  const seen: string[] = []
  for (let cursor = ''; ;) {
    const { json } = await here.ask(ayu, `GET /${endpoint.id}/deliveries?limit=2${cursor}`)
    seen.push(...json.deliveries.map((each: Made) => each.id))
    if (!json.nextCursor) break
    cursor = `&cursor=${json.nextCursor}`
  }
  assert.equal(new Set(seen).size, 5)
  assert.equal(seen.length, 5)
  await here.ports.deliveries.forget(new Date(here.world.now))
  assert.equal((await deliveriesOf(endpoint)).length, 5)
  await here.ports.deliveries.forget(new Date(here.world.now + 1))
  assert.equal((await deliveriesOf(endpoint)).length, 0)
})
