import assert from 'node:assert'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Envelope } from '../../src/kernel/message.ts'
import type { Bus, Routes, Subscription } from '../../src/platform/bus.ts'
import { newId } from '../../src/platform/ids.ts'
import { outage } from '../../src/platform/postgres.ts'
import { openTestBus, type BusOfTest } from '../support/test-bus.ts'

export const workQueue = `test-${newId()}:send_confirmation`

export const routes: Routes = {
  subscribers: new Map([
    ['order.paid', ['mail', 'door']],
    ['order.expired', ['mail']],
    ['order.refunded', ['ledger']],
  ]),
  workQueues: [
    {
      name: workQueue,
      type: 'order.confirm',
      body: (data) => ({ bookingId: `booking-${(data as { count: number }).count}` }),
    },
  ],
}

let count = 0
export const anEnvelope = (type: string, subject: string = newId()): Envelope => ({
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
export async function deliverUntil(
  buses: Bus | Bus[],
  subscriptions: Subscription[],
  done: () => boolean | Promise<boolean>,
  millis = 30_000,
): Promise<void> {
  const stop = new AbortController()
  const delivering = [buses].flat().map((bus) => bus.deliver(subscriptions, stop.signal))
  const deadline = Date.now() + millis
  while (!(await done()) && Date.now() < deadline) await sleep(20)
  stop.abort()
  await Promise.all(delivering)
  assert.ok(await done(), 'delivered in time')
}

export const on = (
  module: string,
  type: string,
  handle: (envelope: Envelope) => Promise<void> | void,
): Subscription => ({ module, type, handle: async (envelope) => handle(envelope) })

const idsOf = (list: readonly Envelope[], subject: string) =>
  list.filter((envelope) => envelope.subject === subject).map(({ id }) => id)

/** For each subject, its messages came first in the order in which they were sent; any may repeat. */
export function assertInOrder(seen: readonly Envelope[], sent: readonly Envelope[]): void {
  const idsOfSubjects = (list: readonly Envelope[], subjects: Set<string>) =>
    Object.fromEntries(
      [...subjects].map((subject) => [subject, [...new Set(idsOf(list, subject))]]),
    )
  const subjects = new Set(sent.map(({ subject }) => subject))
  assert.deepEqual(idsOfSubjects(seen, subjects), idsOfSubjects(sent, subjects))
}

export type Tested = {
  /** How a process of its own opens the same bus. */
  of: BusOfTest
  /** Has the messages that are waiting parked at their first failure. */
  impatient?(): Promise<void>
}

/** What every bus promises, tried on a real one; brokers promise more about order. */
export function busContract(
  name: string,
  options: { skip: string | false; keepsOrderAlways: boolean },
  tested: () => Tested,
): void {
  const { skip, keepsOrderAlways } = options
  describe(`the bus on ${name}`, { skip }, () => {
    let bus: Bus
    let other: Bus
    const children: ChildProcess[] = []
    before(async () => {
      bus = await openTestBus(tested().of, routes)
      other = await openTestBus(tested().of, routes)
    })
    after(async () => {
      for (const child of children) child.kill('SIGKILL')
      await bus.close()
      await other.close()
    })

    test('brings a message to every module that reacts to it, and to no other', async () => {
      const mail: Envelope[] = []
      const door: Envelope[] = []
      const paid = anEnvelope('order.paid')
      await bus.publish([paid, anEnvelope('order.unheard-of')])
      await deliverUntil(
        bus,
        [
          on('mail', 'order.paid', (envelope) => void mail.push(envelope)),
          on('door', 'order.paid', (envelope) => void door.push(envelope)),
        ],
        () => mail.length > 0 && door.length > 0,
      )
      assert.deepEqual([mail, door], [[paid], [paid]])
    })

    test('leaves the messages of a module that does not run here', async () => {
      const seen: string[] = []
      const paid = anEnvelope('order.paid')
      await bus.publish([paid])
      await deliverUntil(
        bus,
        [on('mail', 'order.paid', ({ id }) => void seen.push(`mail ${id}`))],
        () => seen.length > 0,
      )
      await deliverUntil(
        other,
        [on('door', 'order.paid', ({ id }) => void seen.push(`door ${id}`))],
        () => seen.length > 1,
      )
      assert.deepEqual(seen, [`mail ${paid.id}`, `door ${paid.id}`])
    })

    test('keeps the order of one subject', async () => {
      const seen: Envelope[] = []
      const subjects = [newId(), newId(), newId()]
      const sent = Array.from({ length: 300 }, (_, i) =>
        anEnvelope('order.expired', subjects[i % 3]),
      )
      await bus.publish(sent)
      const slowly = on('mail', 'order.expired', async (envelope) => {
        await sleep(Math.random() * 3)
        seen.push(envelope)
      })
      await deliverUntil(bus, [slowly], () => seen.length === 300)
      for (const subject of subjects) assert.deepEqual(idsOf(seen, subject), idsOf(sent, subject))
    })

    test('tries again what failed', async () => {
      let tries = 0
      const failing = on('mail', 'order.expired', () => {
        if (++tries === 1) throw new Error('not yet')
      })
      await bus.publish([anEnvelope('order.expired')])
      await deliverUntil(bus, [failing], () => tries === 2)
    })

    test('takes no outage for a failure of a message, which is handled soon after', async () => {
      // More than the attempts that a message has here.
      const outagesMax = tested().impatient ? 1 : 6
      let outages = 0
      let handled = false
      const waiting = on('mail', 'order.expired', () => {
        handled = outages === outagesMax
        if (!handled) throw outage(`${++outages}. time away`)
      })
      await bus.publish([anEnvelope('order.expired')])
      await tested().impatient?.()
      await deliverUntil(bus, [waiting], () => handled, 10_000)
    })

    test('parks what keeps failing, tells why, and delivers it again when told to', async () => {
      const poison = anEnvelope('order.paid')
      const healthy = anEnvelope('order.paid')
      let broken = true
      const handled: Envelope[] = []
      const door: Envelope[] = []
      const subscriptions = [
        on('mail', 'order.paid', (envelope) => {
          if (broken && envelope.id === poison.id) throw new Error('no such template')
          handled.push(envelope)
        }),
        on('door', 'order.paid', (envelope) => void door.push(envelope)),
      ]
      await bus.publish([poison, healthy])
      const { waiting } = await bus.counts()
      assert.ok(waiting >= 4, `${waiting} of two for two modules`)
      await tested().impatient?.()
      let parked = await bus.parked()
      assert.deepEqual(parked, [])
      await deliverUntil(
        bus,
        subscriptions,
        async () => (parked = await bus.parked()).length > 0 && door.length > 1,
      )
      assert.equal(parked.length, 1)
      assert.equal(parked[0]!.module, 'mail')
      assert.deepEqual(parked[0]!.envelope, poison)
      assert.ok(parked[0]!.attempts >= 1)
      assert.match(parked[0]!.lastError, /no such template/)
      assert.deepEqual(handled, [healthy])
      assert.equal((await bus.counts()).parked, 1)

      broken = false
      assert.equal(await other.replay(['1']), 0, 'only what is named is replayed')
      assert.equal(await other.replay([parked[0]!.parkedId]), 1)
      await deliverUntil(bus, subscriptions, () => handled.length === 2)
      assert.deepEqual(handled, [healthy, poison])
      const ids = door.map(({ id }) => id).toSorted()
      assert.deepEqual(ids, [poison.id, healthy.id].toSorted(), 'only who missed it gets it again')
      assert.deepEqual(await bus.parked(), [])
      assert.equal((await bus.counts()).parked, 0)

      broken = true
      await bus.publish([poison])
      await tested().impatient?.()
      await deliverUntil(bus, subscriptions, async () => (await bus.parked()).length > 0)
      assert.equal(await other.discard(['1']), 0, 'only what is named is dropped')
      assert.equal(await other.discard((await bus.parked()).map(({ parkedId }) => parkedId)), 1)
      assert.deepEqual(await bus.parked(), [])
    })

    test('lets a slow module hold up no other, and loses nothing of its messages', async () => {
      const subject = newId()
      const sent = Array.from({ length: 40 }, () => anEnvelope('order.paid', subject))
      const slow: Envelope[] = []
      let slowWhenQuickWasDone = Infinity
      let quick = 0
      await bus.publish(sent)
      await deliverUntil(
        bus,
        [
          on('mail', 'order.paid', async (envelope) => {
            await sleep(25)
            slow.push(envelope)
          }),
          on('door', 'order.paid', () => {
            if (++quick === 40) slowWhenQuickWasDone = slow.length
          }),
        ],
        () => slow.length === 40,
      )
      assert.ok(slowWhenQuickWasDone < 40, `${slowWhenQuickWasDone} of 40 were handled before`)
      assert.deepEqual(idsOf(slow, subject), idsOf(sent, subject))
    })

    test('delivers all of 10,000 messages, and those of a subject in order', async (t) => {
      const subjects = Array.from({ length: 100 }, () => newId())
      const sent = Array.from({ length: 10_000 }, (_, i) =>
        anEnvelope('order.refunded', subjects[i % 100]),
      )
      const began = Date.now()
      for (let i = 0; i < 10_000; i += 1_000) await bus.publish(sent.slice(i, i + 1_000))
      const published = Date.now()
      const seen: Envelope[] = []
      await deliverUntil(
        [bus, other],
        [on('ledger', 'order.refunded', (envelope) => void seen.push(envelope))],
        () => seen.length >= 10_000,
      )
      t.diagnostic(`published in ${published - began} ms, handled in ${Date.now() - published} ms`)
      const ids = (list: Envelope[]) => [...new Set(list.map(({ id }) => id))].toSorted()
      assert.deepEqual(ids(seen), ids(sent))
      if (keepsOrderAlways) assertInOrder(seen, sent)
    })

    test('delivers again what a killed process had handled and not acknowledged', async () => {
      const subject = newId()
      const sent = Array.from({ length: 3 }, () => anEnvelope('order.paid', subject))
      await bus.publish(sent)
      const child = fork(path.join(import.meta.dirname, '../support/bus-child.ts'))
      children.push(child)
      child.send({ of: tested().of, routes: [...routes.subscribers] })
      const [handled] = (await once(child, 'message')) as [string]
      assert.equal(handled, sent[0]!.id)
      // Whatever is acknowledged a little later would be by now.
      await sleep(500)
      child.kill('SIGKILL')
      await once(child, 'exit')

      const seen: string[] = []
      await deliverUntil(
        other,
        [
          on('mail', 'order.paid', ({ id }) => void seen.push(id)),
          on('door', 'order.paid', () => {}),
        ],
        () => seen.length === 3,
        45_000,
      )
      assert.deepEqual(
        seen,
        sent.map(({ id }) => id),
      )
    })

    test('carries a work queue, which is fed by its type of message', async () => {
      const wanted = anEnvelope('order.confirm')
      const { count } = wanted.data as { count: number }
      const seen: Envelope[] = []
      await bus.publish([wanted])
      let tries = 0
      const consumer = on(workQueue, 'order.confirm', (envelope) => {
        if (++tries === 1) throw new Error('not yet')
        seen.push(envelope)
      })
      await deliverUntil(other, [consumer], () => seen.length > 0)
      assert.deepEqual(seen, [{ ...wanted, data: { bookingId: `booking-${count}` } }])
    })

    if (!keepsOrderAlways) return

    test('lets a message wait while an earlier one of its subject is retried', async () => {
      const subject = newId()
      const sent = Array.from({ length: 3 }, () => anEnvelope('order.expired', subject))
      const elsewhere = anEnvelope('order.expired')
      const seen: string[] = []
      let tries = 0
      await bus.publish([...sent, elsewhere])
      const failing = on('mail', 'order.expired', ({ id }) => {
        if (id === sent[0]!.id && ++tries < 3) throw new Error('not yet')
        seen.push(id)
      })
      await deliverUntil(bus, [failing], () => seen.length === 4)
      assert.equal(seen[0], elsewhere.id, 'another subject does not wait')
      assert.deepEqual(
        seen.slice(1),
        sent.map(({ id }) => id),
      )
    })
  })
}
