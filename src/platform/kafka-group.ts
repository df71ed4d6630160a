import {
  Consumer,
  stringDeserializers,
  type BaseOptions,
  type MessagesStream,
} from '@platformatic/kafka'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { TextMessage } from './kafka-wire.ts'

/** Messages of one group that wait or are handled in this process; beyond it, none are fetched. */
const waitingMax = 1_000
const commitMillis = 200
const pauseMillis = 1_000
/** How long a group waits for a member that died, and for its members to come together again. */
const timing = { sessionTimeout: 6_000, heartbeatInterval: 1_500, rebalanceTimeout: 30_000 }

export type Group = {
  connection: BaseOptions
  groupId: string
  topic: string
  log: FastifyBaseLogger
  signal: AbortSignal
  /** The topic is there, or this rejects. */
  ready(): Promise<void>
  /**
   * Takes what is delivered until `ended` is aborted; `take` resolves to whether a message is
   * done with, and `idle` when nothing is under way any more.
   */
  open(ended: AbortSignal): {
    take(message: TextMessage): Promise<boolean>
    idle(): Promise<unknown>
  }
}

type Stream = MessagesStream<string, string, string, string>
type TextConsumer = Consumer<string, string, string, string>

/** Follows a topic as a member of a group until it is stopped; after an outage, as a new member. */
export async function followTopic(group: Group): Promise<void> {
  const { log, groupId, signal } = group
  let away = false
  while (!signal.aborted) {
    const consumer: TextConsumer = new Consumer({
      ...group.connection,
      groupId,
      deserializers: stringDeserializers,
      ...timing,
      maxWaitTime: 500,
    })
    try {
      await group.ready()
      await beMember(group, consumer, () => {
        if (away) log.info({ groupId }, 'Kafka is back')
        away = false
      })
    } catch (error) {
      if (!away) {
        log.warn({ reason: (error as Error).message, groupId }, 'Kafka is away; messages wait')
      }
      away = true
      await sleep(pauseMillis, undefined, { signal }).catch(() => {})
    } finally {
      await consumer.close(true).catch(() => {})
    }
  }
}

/**
 * Each time the group shares the partitions out anew, everything in memory is given up and read
 * again from the committed offsets, over a new stream: one that lives on may skip what a fetch
 * under way had already passed (https://github.com/platformatic/kafka/issues/223).
 */
async function beMember(group: Group, consumer: TextConsumer, joined: () => void): Promise<void> {
  const { signal, topic } = group
  let shared = new AbortController()
  consumer.on('consumer:group:join', () => shared.abort())
  consumer.on('error', () => {})
  let before: Stream | undefined
  while (!signal.aborted) {
    const stream = await consumer.consume({
      topics: [topic],
      mode: 'committed',
      fallbackMode: 'earliest',
      autocommit: false,
    })
    // The topic stays followed all the time, or the consumer would leave and join again.
    before?.close().catch(() => {})
    before = stream
    shared = new AbortController()
    joined()
    await readStream(group, consumer, stream, shared.signal)
  }
}

/** Ends when it is stopped or the partitions are shared out anew; rejects when the stream fails. */
async function readStream(
  { open, signal, topic, log }: Group,
  consumer: TextConsumer,
  stream: Stream,
  shared: AbortSignal,
): Promise<void> {
  const ended = new AbortController()
  const failed = once(stream, 'error', { signal: ended.signal }).then(([error]) => {
    throw error
  })
  failed.catch(() => {})
  const line = open(ended.signal)
  const offsets = offsetsOf()
  let waiting = 0

  stream.on('data', (message) => {
    if (ended.signal.aborted) return
    const { partition, offset, leaderEpoch } = message
    offsets.taken(partition, offset, leaderEpoch)
    if (++waiting >= waitingMax) stream.pause()
    void line.take(message).then((done) => {
      if (done) offsets.done(partition, offset)
      if (--waiting < waitingMax / 2 && stream.isPaused()) stream.resume()
    })
  })
  const commit = async () => {
    const due = offsets.due().map((each) => ({ topic, ...each }))
    if (due.length > 0) await consumer.commit({ offsets: due })
  }
  let committing = Promise.resolve()
  const timer = setInterval(() => {
    // A commit that fails is made up for by the next one, or by repeats after the next sharing.
    committing = committing.then(commit).catch((err) => log.debug({ err }, 'not committed'))
  }, commitMillis)
  try {
    const over = AbortSignal.any([signal, shared])
    const stopped = over.aborted ? undefined : once(over, 'abort', { signal: ended.signal })
    stopped?.catch(() => {})
    await Promise.race([failed, stopped])
  } finally {
    clearInterval(timer)
    ended.abort()
    await line.idle()
    await committing
    if (signal.aborted) await commit().catch(() => {})
  }
}

/** Which offset of each partition may be committed: that of the first message not done with. */
function offsetsOf() {
  type Partition = { open: Set<bigint>; next: bigint; committed: bigint; leaderEpoch: number }
  const partitions = new Map<number, Partition>()
  return {
    taken(partition: number, offset: bigint, leaderEpoch: number): void {
      const known = partitions.get(partition) ?? {
        open: new Set<bigint>(),
        next: offset,
        committed: offset,
        leaderEpoch,
      }
      partitions.set(partition, known)
      known.open.add(offset)
      known.next = offset + 1n
      known.leaderEpoch = leaderEpoch
    },
    done(partition: number, offset: bigint): void {
      partitions.get(partition)?.open.delete(offset)
    },
    /** What became due since it was last asked. */
    due(): { partition: number; offset: bigint; leaderEpoch: number }[] {
      return [...partitions].flatMap(([partition, known]) => {
        // Messages are taken in the order of their offsets, which a set keeps.
        const [first] = known.open
        const offset = first ?? known.next
        if (offset === known.committed) return []
        known.committed = offset
        return [{ partition, offset, leaderEpoch: known.leaderEpoch }]
      })
    },
  }
}
