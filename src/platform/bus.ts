import type { Envelope } from '../kernel/message.ts'
import type { MessageHandler } from './module.ts'

/** The interest of one module, or of the consumer of a work queue, in one type of message. */
export type Subscription = {
  /** The name of the module, or of the work queue. */
  module: string
  type: string
  handle: MessageHandler
}

/**
 * A queue that programs beside ours may read from and write to. It is fed by one type of message,
 * and consumed by a subscription of its name to that type; there, `data` is what `body` made of it.
 *
 * With `BUS=rabbitmq` it is a durable queue of exactly this name that holds bare bodies as JSON.
 * The other buses deliver it like a module of this name.
 */
export type WorkQueue = {
  name: string
  /** The type of message of which each one puts a body into the queue. */
  type: string
  body(data: unknown): unknown
}

/** Where messages go. Every process knows all of it, also what runs in other processes. */
export type Routes = {
  /** The names of the modules that react to a type of message. */
  subscribers: ReadonlyMap<string, readonly string[]>
  workQueues: readonly WorkQueue[]
  /** Modules that wait while there is a rush, on PostgreSQL. */
  patient?: ReadonlySet<string>
}

/** Who gets a message: each module that reacts to it, and each work queue that it feeds. */
export function deliveriesOf(
  envelope: Envelope,
  { subscribers, workQueues }: Routes,
): { module: string; envelope: Envelope }[] {
  const modules = subscribers.get(envelope.type) ?? []
  return [
    ...modules.map((module) => ({ module, envelope })),
    ...workQueues
      .filter(({ type }) => type === envelope.type)
      .map(({ name, body }) => ({
        module: name,
        envelope: { ...envelope, data: body(envelope.data) },
      })),
  ]
}

/** Every module and work queue that gets messages. */
export const receiversOf = ({ subscribers, workQueues }: Routes): string[] => [
  ...new Set([...subscribers.values()].flat()),
  ...workQueues.map(({ name }) => name),
]

/** A delivery that failed until its retries were used up; it waits for an operator. */
export type ParkedMessage = {
  parkedId: string
  module: string
  envelope: Envelope
  attempts: number
  lastError: string
}

/**
 * How many deliveries wait: to be handled, failing so far where that is known, and parked. A broker
 * leaves out what it handed to a process, and Kafka counts what concerns a module or not.
 */
export type BusCounts = { waiting: number; failing?: number; parked: number }

/**
 * Carries messages between modules: every subscriber gets every message at least once, messages
 * with the same subject in the order in which they were published. A delivery that fails is
 * retried with growing pauses and at last parked, where it blocks nothing and is not forgotten.
 */
export type Bus = {
  /** Resolves once the messages are safe on the bus; publishing one twice delivers it once more. */
  publish(envelopes: readonly Envelope[]): Promise<void>
  /** Starts delivering. `signal` ends it after the deliveries under way. */
  deliver(subscriptions: readonly Subscription[], signal: AbortSignal): Promise<void>
  counts(): Promise<BusCounts>
  parked(): Promise<ParkedMessage[]>
  /** Delivers parked messages again, all of them when none is named; resolves to how many. */
  replay(parkedIds?: readonly string[]): Promise<number>
  /** Drops parked messages for good, which nobody will get any more; resolves to how many. */
  discard(parkedIds: readonly string[]): Promise<number>
  close(): Promise<void>
}
