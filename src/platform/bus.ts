import type { Envelope } from '../kernel/message.ts'
import type { MessageHandler } from './module.ts'

/** One module's interest in one type of message. */
export type Subscription = { module: string; type: string; handle: MessageHandler }

/** A delivery that failed until its retries were used up; it waits for an operator. */
export type ParkedMessage = {
  parkedId: string
  module: string
  envelope: Envelope
  attempts: number
  lastError: string
}

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
  parked(): Promise<ParkedMessage[]>
  /** Delivers parked messages again, all of them when none is named; resolves to how many. */
  replay(parkedIds?: readonly string[]): Promise<number>
}
