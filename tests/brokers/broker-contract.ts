import assert from 'node:assert'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Envelope } from '../../src/kernel/message.ts'
import type { Bus } from '../../src/platform/bus.ts'
import { newId } from '../../src/platform/ids.ts'
import { whileAway } from '../support/brokers.ts'
import {
  becomes,
  buy,
  newUser,
  ok,
  onSale,
  openShop,
  orderOf,
  payAt,
  payPageOf,
  place,
  send,
  ticketsOf,
  until,
  type Caller,
  type Order,
  type Shop,
  type ShopEvent,
} from '../support/shop.ts'
import { openTestBus } from '../support/test-bus.ts'
import { anEnvelope, assertInOrder, on, routes, type Tested } from '../contracts/bus-contract.ts'

/** What can happen to a bus that is a server of its own. */
export function brokerContract(
  service: 'rabbitmq' | 'kafka',
  skip: string | false,
  tested: () => Tested,
): void {
  describe(`when ${service} is away`, { skip }, () => {
    let bus: Bus
    let other: Bus
    before(async () => {
      bus = await openTestBus(tested().of, routes)
      other = await openTestBus(tested().of, routes)
    })
    after(async () => {
      await bus.close()
      await other.close()
    })

    test('nothing is lost, and the order is kept, while it is killed and started again', async () => {
      const seen: Envelope[] = []
      const stop = new AbortController()
      const subscription = on('ledger', 'order.refunded', async (envelope) => {
        await sleep(1)
        seen.push(envelope)
      })
      const delivering = [bus, other].map((each) => each.deliver([subscription], stop.signal))

      const subjects = Array.from({ length: 10 }, () => newId())
      const sent: Envelope[] = []
      let over = false
      let longestMillis = 0
      // As a relay does it: what was not taken is sent again, before anything else.
      const publishing = (async () => {
        for (let i = 0; !over || i % 10 !== 0; i++) {
          const batch = subjects.map((subject) => anEnvelope('order.refunded', subject))
          sent.push(...batch)
          const began = Date.now()
          for (let taken = false; !taken;) {
            taken = await bus.publish(batch).then(
              () => true,
              () => false,
            )
            await sleep(taken ? 20 : 200)
          }
          longestMillis = Math.max(longestMillis, Date.now() - began)
        }
      })()
      await sleep(1_000)
      await whileAway(service)
      await sleep(1_000)
      over = true
      await publishing
      await arrived(seen, sent)
      stop.abort()
      await Promise.all(delivering)
      assert.ok(longestMillis > 2_000, 'it was away')
      assertInOrder(seen, sent)
    })

    test('a process starts without it, says so when asked to publish, and can end', async () => {
      const nowhere = {
        ...tested().of,
        rabbitmqServer: 'amqp://127.0.0.1:1',
        kafkaBrokers: ['127.0.0.1:1'],
      }
      const lonely = await openTestBus(nowhere, routes)
      const stop = new AbortController()
      const delivering = lonely.deliver([on('mail', 'order.paid', () => {})], stop.signal)
      await assert.rejects(lonely.publish([anEnvelope('order.paid')]))
      stop.abort()
      await delivering
      await lonely.close()
    })
  })

  describe(`the shop on ${service}`, { skip }, () => {
    test('starts and sells while it is away, and completes everything when it is back', async () => {
      const { kind, prefix, rabbitmqServer, kafkaBrokers } = tested().of
      const env = {
        BUS: kind,
        BUS_PREFIX: `${prefix}-shop`,
        RABBITMQ_SERVER: rabbitmqServer || 'amqp://localhost',
        KAFKA_BROKERS: kafkaBrokers.join(',') || 'localhost:9092',
      }
      await using stack = new AsyncDisposableStack()
      const sold: { buyer: Caller; order: Order }[] = []
      let shop: Shop | undefined
      await whileAway(service, async () => {
        shop = stack.use(await openShop(env))
        const { events } = await ok(send<{ events: ShopEvent[] }>(shop.nobody, 'GET /v1/events'))
        const event = await ok(send<ShopEvent>(shop.nobody, `GET /v1/events/${events[0]?.id}`))
        for (let i = 0; i < 3; i++) {
          const buyer = await newUser(shop)
          const order = await ok(place(buyer, event, { payment: { method: 'invoice' } }))
          assert.deepEqual([order.status, order.payment], ['pending', null])
          sold.push({ buyer, order })
        }
      })
      assert(shop)
      for (const { buyer, order } of sold) {
        const payable = await until(
          () => orderOf(buyer, order),
          ({ payment }) => Boolean(payment?.instructions),
        )
        await payAt(payPageOf(payable))
      }
      for (const { buyer, order } of sold) {
        await becomes(buyer, order, 'paid')
        assert.equal((await ticketsOf(buyer, order)).length, 1)
      }
      // An event that is published now goes on sale, so every module hears of every message.
      await buy(await newUser(shop), await onSale(shop))
      const complaints = shop.program.log.filter(({ level }) => Number(level) >= 50)
      const outboxes = complaints.filter(({ msg }) => String(msg).startsWith('outbox not relayed'))
      const waited = outboxes.map(({ outbox }) => outbox)
      assert.ok(waited.includes('booking'))
      assert.equal(new Set(waited).size, waited.length, 'each outbox says once that it waits')
      assert.deepEqual(complaints, outboxes)
    })
  })

  describe(`several processes on ${service}`, { skip }, () => {
    test('keep the order of each subject while one joins and one leaves', async () => {
      const buses = await Promise.all([1, 2, 3].map(() => openTestBus(tested().of, routes)))
      const seen: Envelope[] = []
      const subjects = Array.from({ length: 30 }, () => newId())
      const sent = Array.from({ length: 3_000 }, (_, i) =>
        anEnvelope('order.refunded', subjects[i % 30]),
      )
      const subscription = on('ledger', 'order.refunded', async (envelope) => {
        await sleep(3)
        seen.push(envelope)
      })
      const stops = buses.map(() => new AbortController())
      const deliver = (i: number) => buses[i]!.deliver([subscription], stops[i]!.signal)
      const first = deliver(0)
      await buses[0]!.publish(sent.slice(0, 1_500))
      const second = deliver(1)
      await sleep(300)
      const third = deliver(2)
      await buses[1]!.publish(sent.slice(1_500))
      await sleep(300)
      stops[0]!.abort()
      await first
      await arrived(seen, sent)
      for (const stop of stops) stop.abort()
      await Promise.all([second, third])
      await Promise.all(buses.map((each) => each.close()))
      assertInOrder(seen, sent)
    })
  })
}

/** Waits until everything that was sent has been handled. */
async function arrived(seen: readonly Envelope[], sent: readonly Envelope[]): Promise<void> {
  const deadline = Date.now() + 60_000
  const missing = () => {
    const ids = new Set(seen.map(({ id }) => id))
    return sent.filter(({ id }) => !ids.has(id)).length
  }
  while (missing() > 0 && Date.now() < deadline) await sleep(100)
  assert.equal(missing(), 0, `so many of ${sent.length} did not arrive`)
}
