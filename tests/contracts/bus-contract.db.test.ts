import assert from 'node:assert'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import type { Envelope } from '../../src/kernel/message.ts'
import type { Bus } from '../../src/platform/bus.ts'
import { writeMessages } from '../../src/platform/outbox.ts'
import { outboxRelays } from '../../src/platform/relay.ts'
import { anEnvelope, busContract, deliverUntil, on, routes } from './bus-contract.ts'
import { deleteOldRows } from '../../src/platform/old-rows.ts'
import { messagesAbout } from '../../src/platform/sent-messages.ts'
import { openTestBus, type BusOfTest } from '../support/test-bus.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const log = pino({ level: 'silent' })

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(async () => {
  await database[Symbol.asyncDispose]()
})

const onPostgres = (): BusOfTest => ({
  kind: 'postgres',
  prefix: '',
  rabbitmqServer: '',
  kafkaBrokers: [],
  databaseUrl: database.databaseUrl,
})

busContract('PostgreSQL', { skip: false, keepsOrderAlways: false }, () => ({
  of: onPostgres(),
  impatient: async () =>
    void (await database.pool.query('update graphile_worker._private_jobs set max_attempts = 1')),
}))

const mailsBefore = 100

test('on PostgreSQL a patient module with much to do holds up no other', async () => {
  const bus = await openTestBus(onPostgres(), { ...routes, patient: new Set(['mail']) })
  const mails = Array.from({ length: 1_000 }, () => anEnvelope('order.expired'))
  const refunded = anEnvelope('order.refunded')
  await bus.publish(mails)
  await bus.publish([refunded])
  const seen: string[] = []
  const note = (envelope: Envelope) => void seen.push(envelope.id)
  const mail = on('mail', 'order.expired', (envelope) => sleep(20).then(() => note(envelope)))
  const subscriptions = [mail, on('ledger', 'order.refunded', note)]
  await deliverUntil(bus, subscriptions, () => seen.includes(refunded.id))
  const place = seen.indexOf(refunded.id)
  assert(place <= mailsBefore, `it came after ${place} mails`)
  await bus.close()
  await database.pool.query('delete from graphile_worker._private_jobs')
})

test('on PostgreSQL a patient module waits for the end of a rush, and its jobs are handed back at a stop', async () => {
  let busy = true
  const rush = { isOn: () => busy }
  const bus = await openTestBus(onPostgres(), { ...routes, patient: new Set(['mail']) }, rush)
  const [expired, refunded] = [anEnvelope('order.expired'), anEnvelope('order.refunded')]
  await bus.publish([expired])
  await bus.publish([refunded])
  const seen: string[] = []
  const note = (envelope: Envelope) => void seen.push(envelope.id)
  const subscriptions = [on('mail', 'order.expired', note), on('ledger', 'order.refunded', note)]
  await deliverUntil(bus, subscriptions, () => seen.length > 0)
  assert.deepEqual(seen, [refunded.id])
  const { rows } = await database.pool.query(
    'select attempts, locked_by from graphile_worker._private_jobs',
  )
  assert.deepEqual(rows, [{ attempts: 0, locked_by: null }])

  busy = false
  await database.pool.query('update graphile_worker._private_jobs set run_at = now()')
  await deliverUntil(bus, subscriptions, () => seen.length > 1)
  assert.deepEqual(seen, [refunded.id, expired.id])
  await bus.close()
})

describe('a message whose process died', () => {
  /** As a killed process leaves it: fetched for its last attempt, by somebody who is gone. */
  async function abandoned(deaths: number): Promise<{ bus: Bus; envelope: Envelope }> {
    const bus = await openTestBus(onPostgres(), routes)
    const envelope = anEnvelope('order.expired')
    await bus.publish([envelope])
    await database.pool.query(
      `update graphile_worker._private_jobs set attempts = max_attempts, locked_at = now(),
         locked_by = 'ghost', payload = jsonb_set(payload::jsonb, '{deaths}', $1)`,
      [String(deaths)],
    )
    return { bus, envelope }
  }

  test('has its attempt back', async () => {
    const { bus, envelope } = await abandoned(3)
    const seen: Envelope[] = []
    const handle = on('mail', 'order.expired', (message) => void seen.push(message))
    await deliverUntil(bus, [handle], () => seen.length > 0)
    assert.deepEqual(seen, [envelope])
    await bus.close()
  })

  test('is parked when that has happened a hundred times', async () => {
    const { bus, envelope } = await abandoned(99)
    const handle = on('mail', 'order.expired', () => assert.fail('once too often'))
    await deliverUntil(bus, [handle], async () => (await bus.parked()).length > 0)
    const [parked] = await bus.parked()
    assert.deepEqual(parked?.envelope, envelope)
    assert.match(String(parked?.lastError), /died too often/)
    await bus.close()
  })
})

describe('the outbox relay', () => {
  before(() =>
    database.pool.query(`create schema t; create table t.outbox (
      position bigint generated always as identity primary key,
      type text not null, key text not null, data jsonb not null, caused_by text, written_at timestamptz not null default now());
      create table t.sent_messages (key text, position bigint, type text, detail jsonb,
        written_at timestamptz, sent_at timestamptz default now(), trace_id text)`),
  )

  const collecting = (published: Envelope[], fail: () => boolean = () => false) => ({
    publish: async (envelopes: readonly Envelope[]) => {
      if (fail()) throw new Error('broker down')
      published.push(...envelopes)
    },
  })

  async function relayUntil(target: Pick<Bus, 'publish'>, done: () => boolean): Promise<void> {
    const stop = new AbortController()
    const running = outboxRelays(database.pool, ['t'], target, log).run(stop.signal, 20)
    for (let i = 0; i < 500 && !done(); i++) await sleep(10)
    stop.abort()
    await running
  }

  test('passes messages on in the order in which they were written, as CloudEvents', async () => {
    const published: Envelope[] = []
    await writeMessages(database.pool, 't', [
      { type: 'order.paid', key: 'a', data: { n: 1 } },
      { type: 'order.paid', key: 'b', data: { n: 2 } },
    ])
    await relayUntil(collecting(published), () => published.length === 2)
    assert.deepEqual(
      published.map(({ specversion, source, type, subject, data }) => ({
        specversion,
        source,
        type,
        subject,
        data,
      })),
      [
        { specversion: '1.0', source: 't', type: 'order.paid', subject: 'a', data: { n: 1 } },
        { specversion: '1.0', source: 't', type: 'order.paid', subject: 'b', data: { n: 2 } },
      ],
    )
    assert.equal(new Set(published.map((envelope) => envelope.id)).size, 2)
  })

  test('keeps the order of each key, and repeats nothing, with several workers', async () => {
    const published: Envelope[] = []
    const slowly = {
      publish: async (envelopes: readonly Envelope[]) => {
        await sleep(Math.random() * 10)
        published.push(...envelopes)
      },
    }
    const keys = Array.from({ length: 10 }, (_, i) => `key ${i}`)
    const writing = keys.map(async (key) => {
      for (let n = 0; n < 50; n++) {
        await writeMessages(database.pool, 't', [{ type: 'order.paid', key, data: { n } }])
      }
    })
    const relaying = [1, 2, 3].map(() => relayUntil(slowly, () => published.length >= 500))
    await Promise.all([...writing, ...relaying])
    const inOrder = Array.from({ length: 50 }, (_, n) => n)
    for (const key of keys) {
      const own = published.filter(({ subject }) => subject === key)
      assert.deepEqual(
        own.map(({ data }) => (data as { n: number }).n),
        inOrder,
      )
    }
  })

  test('notes what it passed on, which is forgotten in time', async () => {
    const { pool } = database
    const passed = await messagesAbout(pool, 't', 'noted')
    assert.deepEqual(passed, [])
    const data = { paymentId: 'p', reason: 'R', buyer: { name: 'Sari' }, order: { status: 'paid' } }
    await writeMessages(pool, 't', [{ type: 'order.paid', key: 'noted', data }])
    const [waiting] = await messagesAbout(pool, 't', 'noted')
    const detail = { paymentId: 'p', reason: 'R', status: 'paid' }
    assert.deepEqual(waiting?.detail, { ...detail, sentAt: null }, 'no name is kept')

    const published: Envelope[] = []
    await relayUntil(collecting(published), () => published.length === 1)
    const [sent, ...others] = await messagesAbout(pool, 't', 'noted')
    assert.deepEqual(others, [])
    assert.deepEqual([sent?.at, sent?.what, sent?.from], [waiting?.at, 'order.paid', 't'])
    assert.ok(sent?.detail['sentAt'])

    const sentMessages = { table: 't.sent_messages', column: 'sent_at' }
    const dayMillis = 24 * 3_600_000
    await deleteOldRows(pool, sentMessages, new Date(Date.now() - dayMillis))
    assert.equal((await messagesAbout(pool, 't', 'noted')).length, 1)
    await deleteOldRows(pool, sentMessages, new Date(Date.now() + dayMillis))
    assert.deepEqual(await messagesAbout(pool, 't', 'noted'), [])
  })

  test('keeps messages while the bus refuses them', async () => {
    const published: Envelope[] = []
    let refusals = 0
    await writeMessages(database.pool, 't', [{ type: 'order.paid', key: 'a', data: {} }])
    await relayUntil(
      collecting(published, () => ++refusals < 4),
      () => published.length > 0,
    )
    assert.equal(published.length, 1)
    const { rows } = await database.pool.query('select from t.outbox')
    assert.equal(rows.length, 0)
  })
})
