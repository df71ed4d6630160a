import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { Connection, type Channel, type SyncMessage } from 'rabbitmq-client'
import { deliveriesOf, receiversOf, type Bus, type ParkedMessage, type Routes } from './bus.ts'
import { deliveryDesk, patientRetries, type Park, type Retries } from './broker-deliveries.ts'
import {
  confirmedPublisher,
  consume,
  countMessages,
  readParked,
  tellOutages,
  type Look,
} from './rabbitmq-channels.ts'
import { bare, parkedHeaders, parkedOf, unparked, whole } from './rabbitmq-wire.ts'

/** Deaths of the process that handles it after which the broker itself parks a message. */
const deliveriesMax = 100

export type RabbitmqOptions = {
  /** As `amqp://user:password@host:5672/vhost`. */
  server: string
  /** What the names of the exchange and of the queues begin with. */
  prefix: string
  routes: Routes
  log: FastifyBaseLogger
  retries?: Retries
}

/**
 * Messages go through the topic exchange `<prefix>.messages`, by their type, into one durable queue
 * per module, `<prefix>.<module>`, and into the work queues; what fails for good into
 * `<prefix>.parked`.
 *
 * A module's queue has one consumer at a time, so that the order per subject holds with any number
 * of processes: the others stand by. A work queue is shared by its consumers, and keeps no order.
 */
export function rabbitmqBus(options: RabbitmqOptions): Bus {
  const { server, prefix, routes, log, retries = patientRetries } = options
  const exchange = `${prefix}.messages`
  const parkedQueue = `${prefix}.parked`
  const connection = new Connection({
    url: withCredentials(server),
    connectionName: 'karcis',
    acquireTimeout: 3_000,
    heartbeat: 10,
    retryLow: 250,
    retryHigh: 5_000,
  })
  tellOutages(connection, log)

  const declare = (channel: Channel) => declareAll(channel, prefix, routes)
  const publisher = confirmedPublisher(connection, declare)
  const isWorkQueue = (module: string) => routes.workQueues.some(({ name }) => name === module)
  const queueOf = (module: string) => (isWorkQueue(module) ? module : `${prefix}.${module}`)
  const park: Park = ({ module, envelope }, attempts, error) => {
    const headers = parkedHeaders({ module, queue: queueOf(module) }, attempts, error)
    const form = isWorkQueue(module) ? bare : whole
    return publisher.send([form(envelope, { routingKey: parkedQueue, headers })])
  }
  const desk = deliveryDesk(retries, park, log)
  const lookAtParked = (look: Look) => readParked(connection, declare, parkedQueue, look)

  return {
    async publish(envelopes) {
      const { subscribers, workQueues } = routes
      const wanted = envelopes.filter(({ type }) => subscribers.has(type))
      const bodies = envelopes.flatMap((envelope) =>
        deliveriesOf(envelope, { subscribers: new Map(), workQueues }),
      )
      await publisher.send([
        ...wanted.map((envelope) => whole(envelope, { exchange, routingKey: envelope.type })),
        ...bodies.map(({ module, envelope }) => bare(envelope, { routingKey: module })),
      ])
    },

    async deliver(subscriptions, signal) {
      const modules = Map.groupBy(subscriptions, ({ module }) => module)
      const consuming = [...modules].map(([module, own]) =>
        consume({ connection, declare, queue: queueOf(module), log, signal }, desk, own),
      )
      await Promise.all(consuming)
    },

    async counts() {
      const counts = await countMessages(connection, declare, [
        parkedQueue,
        ...receiversOf(routes).map(queueOf),
      ])
      const [parked = 0, ...waiting] = counts
      return { waiting: waiting.reduce((sum, count) => sum + count, 0), parked }
    },

    async parked() {
      const found: ParkedMessage[] = []
      await lookAtParked(async (message) => {
        found.push(parkedOf(message))
        return 'keep'
      })
      return found
    },

    replay: (parkedIds) =>
      removeParked(lookAtParked, parkedIds, (message) => publisher.send([unparked(message)])),
    discard: (parkedIds) => removeParked(lookAtParked, parkedIds, async () => {}),

    async close() {
      await publisher.close()
      // It would wait for ever for a broker that is not there.
      await Promise.race([connection.close(), sleep(2_000, undefined, { ref: false })])
      connection.unsafeDestroy()
    },
  }
}

/** Takes parked messages out of their queue, each once `first` is done; resolves to how many. */
async function removeParked(
  lookAtParked: (look: Look) => Promise<void>,
  parkedIds: readonly string[] | undefined,
  first: (message: SyncMessage) => Promise<void>,
): Promise<number> {
  let count = 0
  await lookAtParked(async (message) => {
    if (parkedIds && !parkedIds.includes(parkedOf(message).parkedId)) return 'keep'
    await first(message)
    count++
    return 'remove'
  })
  return count
}

/** A new RabbitMQ knows the user `guest`, by whom nobody from elsewhere can log in. */
function withCredentials(server: string): string {
  const url = new URL(server)
  if (url.username === '') Object.assign(url, { username: 'guest', password: 'guest' })
  return url.href
}

async function declareAll(channel: Channel, prefix: string, routes: Routes): Promise<void> {
  const exchange = `${prefix}.messages`
  const parked = `${prefix}.parked`
  await channel.exchangeDeclare({ exchange, type: 'topic', durable: true })
  // Not a quorum queue: those count readings and drop what was read too often.
  await channel.queueDeclare({ queue: parked, durable: true })
  const modules = new Set([...routes.subscribers.values()].flat())
  for (const module of modules) {
    await channel.queueDeclare({
      queue: `${prefix}.${module}`,
      durable: true,
      arguments: {
        'x-queue-type': 'quorum',
        'x-single-active-consumer': true,
        'x-delivery-limit': deliveriesMax,
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': parked,
        'x-dead-letter-strategy': 'at-least-once',
        'x-overflow': 'reject-publish',
      },
    })
  }
  for (const [type, reacting] of routes.subscribers) {
    for (const module of reacting) {
      await channel.queueBind({ exchange, queue: `${prefix}.${module}`, routingKey: type })
    }
  }
  // Without arguments, so that programs beside ours declare the same by its name alone.
  for (const { name } of routes.workQueues)
    await channel.queueDeclare({ queue: name, durable: true })
}
