import assert from 'node:assert'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import type { Envelope } from '../../src/kernel/message.ts'
import type { Bus, Subscription } from '../../src/platform/bus.ts'
import { newId } from '../../src/platform/ids.ts'
import { writeMessages } from '../../src/platform/outbox.ts'
import { postgresBus } from '../../src/platform/postgres-bus.ts'
import { outboxRelay } from '../../src/platform/relay.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const log = pino({ level: 'silent' })
const subscribers = new Map([
  ['order.paid', ['mail', 'door']],
  ['order.expired', ['mail']],
])

let database: TestDatabase
let bus: Bus
before(async () => {
  database = await createTestDatabase()
  bus = await postgresBus(database.pool, { subscribers, workQueues: [] }, log)
})
after(async () => {
  await bus.close()
  await database[Symbol.asyncDispose]()
})

let count = 0
const anEnvelope = (type: string, subject: string = newId()): Envelope => ({
  specversion: '1.0',
  id: `test-${++count}`,
  source: 'test',
  type,
  subject,
  time: new Date().toISOString(),
  datacontenttype: 'application/json',
  data: { count },
})

/** Delivers until `done` says so, then stops and waits for what is under way. */
async function deliverUntil(subscriptions: Subscription[], done: () => boolean): Promise<void> {
  const stop = new AbortController()
  const delivering = bus.deliver(subscriptions, stop.signal)
  const deadline = Date.now() + 15_000
  while (!done() && Date.now() < deadline) await sleep(10)
  stop.abort()
  await delivering
  assert.ok(done(), 'delivered in time')
}

const into = (module: string, type: string, seen: Envelope[]): Subscription => ({
  module,
  type,
  handle: async (envelope) => void seen.push(envelope),
})

describe('the bus on PostgreSQL', () => {
  test('brings a message to every module that reacts to it, and to no other', async () => {
    const mail: Envelope[] = []
    const door: Envelope[] = []
    const paid = anEnvelope('order.paid')
    await bus.publish([paid, anEnvelope('order.unheard-of')])
    await deliverUntil(
      [into('mail', 'order.paid', mail), into('door', 'order.paid', door)],
      () => mail.length > 0 && door.length > 0,
    )
    assert.deepEqual([mail, door], [[paid], [paid]])
  })

  test('keeps the order of one subject', async () => {
    const seen: Envelope[] = []
    const subjects = [newId(), newId(), newId()]
    const sent = Array.from({ length: 300 }, (_, i) => anEnvelope('order.expired', subjects[i % 3]))
    await bus.publish(sent)
    const slowly: Subscription = {
      module: 'mail',
      type: 'order.expired',
      handle: async (envelope) => {
        await sleep(Math.random() * 3)
        seen.push(envelope)
      },
    }
    await deliverUntil([slowly], () => seen.length === 300)
    const of = (list: Envelope[], subject: string) =>
      list.filter((e) => e.subject === subject).map((e) => e.id)
    for (const subject of subjects) assert.deepEqual(of(seen, subject), of(sent, subject))
  })

  test('tries again what failed', async () => {
    let tries = 0
    const failing: Subscription = {
      module: 'mail',
      type: 'order.expired',
      handle: async () => {
        if (++tries === 1) throw new Error('not yet')
      },
    }
    await bus.publish([anEnvelope('order.expired')])
    await deliverUntil([failing], () => tries === 2)
  })

  test('parks what keeps failing, tells why, and delivers it again when told to', async () => {
    const poison = anEnvelope('order.expired')
    let broken = true
    const handled: Envelope[] = []
    const subscription: Subscription = {
      module: 'mail',
      type: 'order.expired',
      handle: async (envelope) => {
        if (broken) throw new Error('no such template')
        handled.push(envelope)
      },
    }
    await bus.publish([poison])
    await database.pool.query('update graphile_worker._private_jobs set max_attempts = 1')
    let parked = await bus.parked()
    const stop = new AbortController()
    const delivering = bus.deliver([subscription], stop.signal)
    for (let i = 0; i < 500 && parked.length === 0; i++) {
      await sleep(20)
      parked = await bus.parked()
    }
    stop.abort()
    await delivering
    assert.equal(parked.length, 1)
    assert.equal(parked[0]!.module, 'mail')
    assert.deepEqual(parked[0]!.envelope, poison)
    assert.match(parked[0]!.lastError, /no such template/)

    broken = false
    assert.equal(await bus.replay(), 1)
    await deliverUntil([subscription], () => handled.length === 1)
    assert.deepEqual(handled, [poison])
    assert.deepEqual(await bus.parked(), [])
  })

  test('frees the messages that a killed process had fetched', async () => {
    const seen: Envelope[] = []
    const envelope = anEnvelope('order.expired')
    await bus.publish([envelope])
    await database.pool.query(
      `update graphile_worker._private_jobs set locked_by = 'killed', locked_at = now(), attempts = 1`,
    )
    await deliverUntil([into('mail', 'order.expired', seen)], () => seen.length === 1)
    assert.deepEqual(seen, [envelope])
  })
})

describe('the outbox relay', () => {
  before(() =>
    database.pool.query(`create schema t; create table t.outbox (
      position bigint generated always as identity primary key,
      type text not null, key text not null, data jsonb not null, written_at timestamptz not null default now())`),
  )

  const collecting = (published: Envelope[], fail: () => boolean = () => false): Bus => ({
    ...bus,
    publish: async (envelopes) => {
      if (fail()) throw new Error('broker down')
      published.push(...envelopes)
    },
  })

  async function relayUntil(target: Bus, done: () => boolean): Promise<void> {
    const stop = new AbortController()
    const running = outboxRelay(database.pool, 't', target, log).run(stop.signal, 20)
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
