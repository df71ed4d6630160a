import {
  Admin,
  Consumer,
  Producer,
  stringDeserializers,
  stringSerializers,
  type BaseOptions,
} from '@platformatic/kafka'
import type { FastifyBaseLogger } from 'fastify'
import type { Envelope } from '../kernel/message.ts'
import { newId } from './ids.ts'
import { receiversOf } from './bus.ts'
import type { Bus, BusCounts, ParkedMessage, Routes, Subscription } from './bus.ts'
import { deliveryDesk, patientRetries, type Park, type Retries } from './broker-deliveries.ts'
import { followTopic } from './kafka-group.ts'
import {
  concerns,
  envelopeOf,
  parkedRecord,
  topicsOf,
  toRecord,
  unparkedRecord,
  type TextToProduce,
} from './kafka-wire.ts'

/** Fixed once the topic is there: another number would send later messages of an order elsewhere. */
const partitions = 12
/** A module that is away for longer loses messages, so it is long. */
const retentionMillis = 30 * 24 * 60 * 60 * 1_000
const readMillisMax = 30_000

export type KafkaOptions = {
  /** As `host:9092`. */
  brokers: string[]
  /** What the names of topics and groups begin with. */
  prefix: string
  routes: Routes
  log: FastifyBaseLogger
  retries?: Retries
}

/**
 * All messages go into the topic `<prefix>.messages`, keyed by their subject, so that those of one
 * order are in one partition and in order. Each module is a consumer group, `<prefix>.<module>`,
 * whose processes share the partitions. What fails for good goes into `<prefix>.parked`, a
 * compacted topic with one value per parked message.
 */
export function kafkaBus(options: KafkaOptions): Bus {
  const { brokers, prefix, routes, log, retries = patientRetries } = options
  const connection: BaseOptions = { clientId: 'karcis', bootstrapBrokers: brokers }
  const topics = topicsOf(prefix)
  const ready = onceDone(() => createTopics(connection, topics))
  const producer = orderlyProducer(connection, ready)
  const park: Park = ({ module, envelope }, attempts, error) => {
    const parkedId = `${module}:${envelope.id}`
    const lastError = error.message.slice(0, 1_000)
    const parked = { parkedId, module, envelope, attempts, lastError }
    return producer.send([parkedRecord(topics.parked, parked)])
  }
  const desk = deliveryDesk(retries, park, log)
  const parked = async () => {
    await ready()
    return readParked(connection, topics.parked)
  }
  const groups = receiversOf(routes).map((module) => `${prefix}.${module}`)
  const chosenOf = async (parkedIds: readonly string[] | undefined) =>
    (await parked()).filter((each) => parkedIds?.includes(each.parkedId) ?? true)

  return {
    publish: (envelopes) => producer.send(envelopes.map((each) => toRecord(topics.messages, each))),

    async deliver(subscriptions, signal) {
      const following = [...Map.groupBy(subscriptions, ({ module }) => module)].map(
        ([module, own]) => {
          const { types, handle } = handlerOf(routes, module, own)
          return followTopic({
            ...{ connection, ready, log, signal, topic: topics.messages },
            groupId: `${prefix}.${module}`,
            open(ended) {
              const line = desk.open(ended)
              return {
                idle: () => line.idle(),
                take: async (message) => {
                  if (!concerns(message, module, types)) return true
                  const envelope = envelopeOf(message)
                  if (envelope) return line.take({ module, envelope, handle })
                  log.error(
                    { offset: message.offset.toString() },
                    'not a message of ours; left out',
                  )
                  return true
                },
              }
            },
          })
        },
      )
      await Promise.all(following)
    },

    counts: counting(connection, topics, groups, parked),

    parked,

    async replay(parkedIds) {
      const chosen = await chosenOf(parkedIds)
      // Sent first: a crash in between delivers twice rather than never.
      await producer.send(chosen.map((p) => toRecord(topics.messages, p.envelope, p.module)))
      await producer.send(chosen.map((each) => unparkedRecord(topics.parked, each)))
      return chosen.length
    },

    async discard(parkedIds) {
      const chosen = await chosenOf(parkedIds)
      await producer.send(chosen.map((each) => unparkedRecord(topics.parked, each)))
      return chosen.length
    },

    close: () => producer.close(),
  }
}

/** What one module reacts to; a work queue gets bodies. */
function handlerOf({ workQueues }: Routes, module: string, subscriptions: readonly Subscription[]) {
  const handlers = new Map(subscriptions.map(({ type, handle }) => [type, handle]))
  const body = workQueues.find(({ name }) => name === module)?.body ?? ((data: unknown) => data)
  return {
    types: new Set(handlers.keys()),
    handle: async (envelope: Envelope) =>
      handlers.get(envelope.type)?.({ ...envelope, data: body(envelope.data) }),
  }
}

/** Sends one batch after another; resolves when all brokers that must have it do. */
function orderlyProducer(connection: BaseOptions, ready: () => Promise<void>) {
  let producer: Producer<string, string, string, string> | undefined
  let line: Promise<unknown> = Promise.resolve()

  async function send(messages: TextToProduce[]): Promise<void> {
    if (messages.length === 0) return
    await ready()
    producer ??= new Producer({ ...connection, serializers: stringSerializers, idempotent: true })
    try {
      await producer.send({ messages, acks: -1 })
    } catch (error) {
      // Its place in the sequence is unknown, so the next attempt is another producer's.
      const failed = producer
      producer = undefined
      void failed.close(true).catch(() => {})
      throw error
    }
  }

  return {
    send(messages: TextToProduce[]): Promise<void> {
      const sent = line.then(() => send(messages))
      line = sent.catch(() => {})
      return sent
    },
    async close(): Promise<void> {
      await line
      await producer?.close(true).catch(() => {})
    },
  }
}

async function createTopics(
  connection: BaseOptions,
  { messages, parked }: ReturnType<typeof topicsOf>,
): Promise<void> {
  const admin = new Admin(connection)
  // The broker's own default decides on replicas.
  const create = async (topic: string, count: number, configs: Record<string, string>) => {
    const known = await admin.listTopics()
    if (known.includes(topic)) return
    await admin
      .createTopics({
        topics: [topic],
        partitions: count,
        replicas: -1,
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      })
      .catch((error: Error & { findBy?(name: string, value: string): unknown }) => {
        if (!error.findBy?.('apiId', 'TOPIC_ALREADY_EXISTS')) throw error
      })
  }
  try {
    await create(messages, partitions, { 'retention.ms': `${retentionMillis}` })
    await create(parked, 1, { 'cleanup.policy': 'compact' })
  } finally {
    await admin.close().catch(() => {})
  }
}

/** Counts again and again; the parked ones are read only when something was written about them. */
function counting(
  connection: BaseOptions,
  topics: ReturnType<typeof topicsOf>,
  groups: string[],
  parked: () => Promise<ParkedMessage[]>,
): () => Promise<BusCounts> {
  let known: { end: bigint; count: number } | undefined
  return async () => {
    // Reading them makes sure that the topics are there.
    known ??= { end: 0n, count: (await parked()).length }
    const { waiting, parkedEnd } = await countOn(connection, topics, groups)
    if (parkedEnd !== known.end) known = { end: parkedEnd, count: (await parked()).length }
    return { waiting, parked: known.count }
  }
}

/**
 * How many messages these groups have before them, also those that do not concern them, and where the
 * topic of parked ones ends. A group that never got any, as of a queue that nobody consumes, has none.
 */
async function countOn(
  connection: BaseOptions,
  topics: ReturnType<typeof topicsOf>,
  groups: string[],
): Promise<{ waiting: number; parkedEnd: bigint }> {
  const admin = new Admin(connection)
  const ends = (name: string, count: number) => ({
    name,
    partitions: Array.from({ length: count }, (_, partitionIndex) => ({
      partitionIndex,
      timestamp: -1n,
    })),
  })
  try {
    const [listed, committed] = await Promise.all([
      admin.listOffsets({ topics: [ends(topics.messages, partitions), ends(topics.parked, 1)] }),
      admin.listConsumerGroupOffsets({ groups }),
    ])
    const endOf = (topic: string) => sum(listed, topic, ({ offset }) => offset)
    const readTo = committed.map((group) =>
      sum(group.topics, topics.messages, ({ committedOffset: at }) => (at > 0n ? at : 0n)),
    )
    const begun = readTo.filter((at) => at > 0n)
    const waiting = begun.reduce((left, at) => left + endOf(topics.messages) - at, 0n)
    return { waiting: Number(waiting), parkedEnd: endOf(topics.parked) }
  } finally {
    await admin.close().catch(() => {})
  }
}

/** What the partitions of a topic come to. */
const sum = <Partition>(
  topics: readonly { name: string; partitions: readonly Partition[] }[],
  topic: string,
  of: (partition: Partition) => bigint,
): bigint =>
  topics
    .filter(({ name }) => name === topic)
    .flatMap((each) => each.partitions)
    .reduce((total, partition) => total + of(partition), 0n)

/** Reads the topic of parked messages to its present end. */
async function readParked(connection: BaseOptions, topic: string): Promise<ParkedMessage[]> {
  const consumer = new Consumer<string, string, string, string>({
    ...connection,
    groupId: `${topic}.reader-${newId()}`,
    deserializers: stringDeserializers,
    maxWaitTime: 100,
  })
  try {
    const end = (await consumer.listOffsets({ topics: [topic] })).get(topic)?.[0] ?? 0n
    const latest = new Map<string, ParkedMessage>()
    if (end === 0n) return []
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false })
    const limit = setTimeout(
      () => stream.destroy(new Error(`${topic} is not read in time`)),
      readMillisMax,
    )
    for await (const { key, value, offset } of stream) {
      if (value) latest.set(key, JSON.parse(value) as ParkedMessage)
      else latest.delete(key)
      if (offset + 1n >= end) break
    }
    clearTimeout(limit)
    return [...latest.values()]
  } finally {
    await consumer.close(true).catch(() => {})
  }
}

/** Does it until it has worked once. */
function onceDone(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () =>
    (done ??= work().catch((error: Error) => {
      done = undefined
      throw error
    }))
}
