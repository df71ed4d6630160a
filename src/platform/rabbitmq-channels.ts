import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Channel, Connection, ReturnedMessage, SyncMessage } from 'rabbitmq-client'
import type { Subscription } from './bus.ts'
import type { Delivery, DeliveryDesk } from './broker-deliveries.ts'
import { envelopeOf, type Sending } from './rabbitmq-wire.ts'

/** Messages that one module's consumer holds unacknowledged; when all of them fail, it waits. */
const prefetchCount = 200
const parkedShownMax = 10_000
/** A relay holds a transaction open while it publishes, so it must not wait for long. */
const publishMillisMax = 15_000
const pauseMillis = 1_000

/** Makes the exchange and the queues, where they are not there yet. */
export type Declare = (channel: Channel) => Promise<void>

/** Says once that the broker is away, and once that it is back. */
export function tellOutages(connection: Connection, log: FastifyBaseLogger): void {
  let away = false
  connection.on('error', (error: Error) => {
    if (away) return
    away = true
    log.warn({ reason: error.message }, 'RabbitMQ is away; messages wait until it is back')
  })
  connection.on('connection', () => {
    if (away) log.info('RabbitMQ is back')
    away = false
  })
}

/** Publishes over a channel of its own, one batch after another; resolves when all are confirmed. */
export function confirmedPublisher(connection: Connection, declare: Declare) {
  let opened: Promise<Channel> | undefined
  let line: Promise<unknown> = Promise.resolve()
  const refused = new Map<string, ReturnedMessage>()

  async function open(): Promise<Channel> {
    const channel = await connection.acquire({ emitErrorsFromChannel: true })
    channel.on('error', () => {})
    channel.on('basic.return', (message) => void refused.set(message.messageId ?? '', message))
    await declare(channel)
    await channel.confirmSelect()
    return channel
  }

  async function sendNow(batch: readonly Sending[]): Promise<void> {
    opened ??= open()
    const channel = await opened
    refused.clear()
    await Promise.all(batch.map(([properties, body]) => channel.basicPublish(properties, body)))
    const [lost] = refused.values()
    if (lost) throw new Error(`no queue takes ${lost.routingKey}`)
  }

  const send = async (batch: readonly Sending[]): Promise<void> => {
    if (batch.length === 0) return
    const limit = sleep(publishMillisMax, 'late' as const, { ref: false })
    try {
      if ((await Promise.race([sendNow(batch), limit])) === 'late') {
        throw new Error('RabbitMQ does not confirm')
      }
    } catch (error) {
      // What it has not confirmed is sent again, over a new channel.
      const failed = opened
      opened = undefined
      failed?.then((channel) => channel.close()).catch(() => {})
      throw error
    }
  }

  return {
    send(batch: readonly Sending[]): Promise<void> {
      const sent = line.then(() => send(batch))
      line = sent.catch(() => {})
      return sent
    },
    async close(): Promise<void> {
      await line
      await opened?.then((channel) => channel.close()).catch(() => {})
    },
  }
}

type Consuming = {
  connection: Connection
  declare: Declare
  queue: string
  log: FastifyBaseLogger
  signal: AbortSignal
}

/** Consumes a queue until it is stopped, over one channel after another. */
export async function consume(
  consuming: Consuming,
  desk: DeliveryDesk,
  subscriptions: readonly Subscription[],
): Promise<void> {
  const { queue, log, signal } = consuming
  while (!signal.aborted) {
    try {
      await consumeOnce(consuming, desk, subscriptions)
    } catch (error) {
      if (consuming.connection.ready) log.error({ err: error, queue }, 'a queue is not consumed')
    }
    if (!signal.aborted) await sleep(pauseMillis, undefined, { signal }).catch(() => {})
  }
}

async function consumeOnce(
  { connection, declare, queue, log, signal }: Consuming,
  desk: DeliveryDesk,
  subscriptions: readonly Subscription[],
): Promise<void> {
  const channel = await connection.acquire({ emitErrorsFromChannel: true })
  const lost = new AbortController()
  channel.on('error', (error: Error) =>
    log.warn({ reason: error.message, queue }, 'a channel ended'),
  )
  channel.once('close', () => lost.abort())
  channel.once('basic.cancel', () => lost.abort())
  const ended = AbortSignal.any([lost.signal, signal])
  const line = desk.open(ended)
  try {
    await declare(channel)
    await channel.basicQos({ prefetchCount })
    const toDelivery = deliveryFrom(subscriptions)
    await channel.basicConsume({ queue }, (message) => {
      void line.take(toDelivery(message)).then((settled) => {
        if (settled && channel.active) channel.basicAck({ deliveryTag: message.deliveryTag })
      })
    })
    if (!ended.aborted) await new Promise((resolve) => ended.addEventListener('abort', resolve))
  } finally {
    lost.abort()
    await line.idle()
    // Closed without being cancelled first: what is not acknowledged goes back to its place in the
    // queue before the next consumer gets anything.
    await channel.close().catch(() => {})
  }
}

function deliveryFrom(subscriptions: readonly Subscription[]) {
  const module = subscriptions[0]!.module
  const handlers = new Map(subscriptions.map(({ type, handle }) => [type, handle]))
  const type = subscriptions[0]!.type
  return (message: Parameters<typeof envelopeOf>[0]): Delivery => {
    const envelope = envelopeOf(message, type)
    const handle = handlers.get(envelope.type)
    return {
      module,
      envelope,
      handle: handle ?? (async () => Promise.reject(unknown(module, envelope.type))),
    }
  }
}

const unknown = (module: string, type: string) => new Error(`${module} does not react to ${type}`)

export type Look = (message: SyncMessage) => Promise<'keep' | 'remove'>

/** How many messages of each queue were not handed to a consumer yet. */
export async function countMessages(
  connection: Connection,
  declare: Declare,
  queues: readonly string[],
): Promise<number[]> {
  const channel = await connection.acquire({ emitErrorsFromChannel: true })
  channel.on('error', () => {})
  try {
    await declare(channel)
    const counts = []
    for (const queue of queues) {
      counts.push((await channel.queueDeclare({ queue, passive: true })).messageCount)
    }
    return counts
  } finally {
    await channel.close()
  }
}

/**
 * Goes through the parked messages. They are taken from the queue meanwhile, and what is kept
 * returns to its place when the channel closes, also when we die.
 */
export async function readParked(
  connection: Connection,
  declare: Declare,
  queue: string,
  look: Look,
): Promise<void> {
  const channel = await connection.acquire({ emitErrorsFromChannel: true })
  channel.on('error', () => {})
  try {
    await declare(channel)
    for (let seen = 0; seen < parkedShownMax; seen++) {
      const message = await channel.basicGet({ queue })
      if (!message) return
      if ((await look(message)) === 'remove') {
        channel.basicAck({ deliveryTag: message.deliveryTag })
      }
    }
  } finally {
    await channel.close()
  }
}
