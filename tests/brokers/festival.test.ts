import assert from 'node:assert'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { Connection } from 'rabbitmq-client'
import { rabbitmqServer, withoutRabbitmq } from '../support/brokers.ts'
import { openContractWorld, until, type ContractWorld } from '../support/contract-world.ts'

const [confirmations, deletions] = ['booking:send_confirmation', 'booking:delete']

describe('the queues of the festival contract on RabbitMQ', { skip: withoutRabbitmq }, () => {
  const prefix = `test-${randomUUID()}`
  const email = `${randomUUID()}@example.test`
  let world: ContractWorld
  let connection: Connection
  before(async () => {
    const { port } = new URL(rabbitmqServer)
    connection = new Connection(`amqp://guest:guest@127.0.0.1:${port}`)
    connection.on('error', () => {})
    // The names are the contract's and not this run's: an earlier one may have left something.
    for (const queue of [confirmations, deletions]) await connection.queueDelete({ queue })
    world = await openContractWorld({
      BUS: 'rabbitmq',
      BUS_PREFIX: prefix,
      RABBITMQ_SERVER: rabbitmqServer,
    })
    await world.startWorker({ CONSUMERS: 'programs' })
  })
  after(async () => {
    await world[Symbol.asyncDispose]()
    const modules = ['booking', 'payment', 'admission', 'notification', 'parked']
    const ours = modules.map((module) => `${prefix}.${module}`)
    for (const queue of [...ours, confirmations, deletions]) await connection.queueDelete({ queue })
    await connection.exchangeDelete({ exchange: `${prefix}.messages` })
    await connection.close()
  })

  async function send<Data>(line: string, body?: object, token?: string): Promise<Data> {
    const [method = '', path] = line.split(' ')
    const response = await fetch(`${world.url}${path}`, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as { message: string; data: Data }
    assert(response.ok, `${line} ${answer.message}`)
    return answer.data
  }

  test('are durable, named exactly so, hold { bookingId }, and take what others write', async () => {
    const account = { email, password: 'rahasia' }
    await send('POST /users', { name: 'Sari', ...account })
    const { accessToken: token } = await send<{ accessToken: string }>(
      'POST /authentications',
      account,
    )
    const { festivals } = await send<{ festivals: { id: string }[] }>('GET /festivals')
    const wanted = { festivalId: festivals[0]?.id, quantity: 1, bookingDate: '2026-12-01' }
    const { bookingId } = await send<{ bookingId: string }>('POST /bookings', wanted, token)

    // Another program knows no more than the names.
    for (const queue of [confirmations, deletions]) {
      await connection.queueDeclare({ queue, durable: true })
    }
    const taken = await until(
      () => connection.basicGet({ queue: confirmations, noAck: true }),
      (message) => message !== undefined,
    )
    assert.deepEqual(taken?.body, { bookingId })
    const publisher = connection.createPublisher({ confirm: true })
    for (const body of [{ bookingId: 'x' }, 'nonsense', { bookingId }, { bookingId }]) {
      await publisher.send({ routingKey: confirmations, durable: true }, body)
    }
    await publisher.close()

    const mails = async (subject: string) =>
      (await world.mailsTo(email)).filter((mail) => mail.subject.startsWith(subject))
    const stop = await world.startConsumer(confirmations)
    await until(
      () => mails('Konfirmasi booking'),
      ({ length }) => length > 0,
    )
    await until(
      () => connection.queueDeclare({ queue: confirmations, passive: true }),
      ({ messageCount }) => messageCount === 0,
    )
    await stop()
    assert.equal((await mails('')).length, 1)

    await send(`DELETE /bookings/${bookingId}`, undefined, token)
    await world.startConsumer(deletions)
    await until(
      () => mails('Booking dihapus'),
      ({ length }) => length === 1,
    )
  })
})
