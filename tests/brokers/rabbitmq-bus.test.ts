import assert from 'node:assert'
import { after, before, describe, test } from 'node:test'
import { Connection } from 'rabbitmq-client'
import type { Bus } from '../../src/platform/bus.ts'
import { newId } from '../../src/platform/ids.ts'
import { rabbitmqServer, withoutRabbitmq } from '../support/brokers.ts'
import { testServerUrl } from '../support/database.ts'
import { openTestBus, type BusOfTest } from '../support/test-bus.ts'
import { brokerContract } from './broker-contract.ts'
import {
  anEnvelope,
  busContract,
  deliverUntil,
  on,
  routes,
  workQueue,
} from '../contracts/bus-contract.ts'

const of: BusOfTest = {
  kind: 'rabbitmq',
  prefix: `test-${newId()}`,
  rabbitmqServer,
  kafkaBrokers: [],
  databaseUrl: testServerUrl(),
}
const skip = withoutRabbitmq

let connection: Connection
if (skip === false) {
  before(() => {
    const { port } = new URL(rabbitmqServer)
    connection = new Connection(`amqp://guest:guest@127.0.0.1:${port}`)
    connection.on('error', () => {})
  })
  after(async () => {
    const ours = [...routes.subscribers.values()].flat().map((module) => `.${module}`)
    const ofShop = ['booking', 'payment', 'admission', 'notification', 'parked']
    for (const name of [...ours, '.parked', ...ofShop.map((each) => `-shop.${each}`)]) {
      await connection.queueDelete({ queue: `${of.prefix}${name}` })
    }
    await connection.queueDelete({ queue: workQueue })
    await connection.exchangeDelete({ exchange: `${of.prefix}.messages` })
    await connection.exchangeDelete({ exchange: `${of.prefix}-shop.messages` })
    await connection.close()
  })
}

busContract('RabbitMQ', { skip, keepsOrderAlways: true }, () => ({ of }))

describe('a work queue on RabbitMQ', { skip }, () => {
  let bus: Bus
  before(async () => {
    bus = await openTestBus(of, routes)
  })
  after(() => bus.close())

  test('is a durable queue of exactly its name with bare bodies, for programs beside ours', async () => {
    const wanted = anEnvelope('order.confirm')
    const { count } = wanted.data as { count: number }
    await bus.publish([wanted])
    // Another program declares it without knowing more than its name.
    await connection.queueDeclare({ queue: workQueue, durable: true })
    const message = await connection.basicGet({ queue: workQueue })
    assert.deepEqual(message?.body, { bookingId: `booking-${count}` })
    assert.equal(message?.contentType, 'application/json')
  })

  test('takes what another program puts into it, parks it when it fails, and replays it', async () => {
    const publisher = connection.createPublisher({ confirm: true })
    await publisher.send(workQueue, '{"bookingId":"booking-7"}')
    await publisher.close()
    const seen: unknown[] = []
    let broken = true
    const consumer = on(workQueue, 'order.confirm', ({ data }) => {
      if (broken) throw new Error('no such booking')
      seen.push(data)
    })
    let parked = await bus.parked()
    await deliverUntil(bus, [consumer], async () => (parked = await bus.parked()).length > 0)
    assert.equal(parked[0]!.module, workQueue)
    broken = false
    assert.equal(await bus.replay(), 1)
    await deliverUntil(bus, [consumer], () => seen.length > 0)
    assert.deepEqual(seen, [{ bookingId: 'booking-7' }])
  })
})

describe('what RabbitMQ itself gives up on', { skip }, () => {
  let bus: Bus
  before(async () => {
    bus = await openTestBus(of, routes)
  })
  after(() => bus.close())

  test('is parked, and goes back to its own queue', async () => {
    const sent = anEnvelope('order.refunded')
    await bus.publish([sent])
    const channel = await connection.acquire()
    await channel.basicConsume({ queue: `${of.prefix}.ledger` }, ({ deliveryTag }) => {
      channel.basicNack({ deliveryTag, requeue: false })
    })
    // Repeats of an earlier test may be parked beside it.
    const find = async () => (await bus.parked()).find(({ envelope }) => envelope.id === sent.id)
    let parked = await find()
    for (let i = 0; i < 100 && !parked; i++) parked = await find()
    await channel.close()
    assert(parked)
    assert.deepEqual(parked.envelope, sent)
    assert.equal(parked.module, 'ledger')
    assert.equal(await bus.replay([parked.parkedId]), 1)
    const seen: string[] = []
    await deliverUntil(bus, [on('ledger', 'order.refunded', ({ id }) => void seen.push(id))], () =>
      seen.includes(sent.id),
    )
    await bus.replay()
  })
})

brokerContract('rabbitmq', skip, () => ({ of }))
