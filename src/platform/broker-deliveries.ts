import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Envelope } from '../kernel/message.ts'
import type { MessageHandler } from './module.ts'
import { isOutage } from './postgres.ts'
import { recentlyUsed } from './recently-used.ts'

export type Retries = {
  /** How often a message is tried before it is parked. */
  attemptsMax: number
  /** The pause after so many failed attempts, in milliseconds. */
  pauseMillis(attempts: number): number
  /** The pause after so many attempts, one after another, that met an outage. */
  outagePauseMillis(outages: number): number
}

/** Those of the bus on PostgreSQL: the last of ten attempts comes about three hours after the first. */
export const patientRetries: Retries = {
  attemptsMax: 10,
  pauseMillis: (attempts) => Math.exp(attempts) * 1_000,
  outagePauseMillis: (outages) => Math.min(outages, 5) * 1_000,
}

/** Handlers under way at once in one worker process. */
const handlingMax = 10
/** How many failing messages a process remembers the attempts of. */
const rememberedMax = 10_000

/** Puts a message aside for an operator, durably; rejects when it cannot. */
export type Park = (delivery: Delivery, attempts: number, error: Error) => Promise<void>

export type Delivery = { module: string; envelope: Envelope; handle: MessageHandler }

export type DeliveryDesk = ReturnType<typeof deliveryDesk>

/**
 * Hands to handlers what a broker delivers: one message after another for each subject of a
 * module, those of different subjects beside each other. A message that fails is tried again with
 * growing pauses and holds up those of its subject meanwhile, then it is parked. That the database
 * or the process of another module is away is no failure of a message: it is tried until they are
 * back, soon after which it is handled.
 *
 * Until a message is handled or parked the broker keeps it. So it comes again after a lost
 * connection; the attempts it had are remembered, and what came over the lost one is left alone.
 */
export function deliveryDesk(retries: Retries, park: Park, log: FastifyBaseLogger) {
  const attemptsOf = recentlyUsed<number>(rememberedMax)
  const slots = slotsOf(handlingMax)

  async function attempt(
    delivery: Delivery,
    signal: AbortSignal,
  ): Promise<'settled' | 'failed' | 'away'> {
    const { module, envelope, handle } = delivery
    const id = idOf(delivery)
    try {
      await handle(envelope)
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown))
      if (isOutage(error)) {
        log.debug({ err: error, module, message: envelope.id }, 'a delivery waits for an outage')
        return 'away'
      }
      const attempts = (attemptsOf.get(id) ?? 0) + 1
      attemptsOf.set(id, attempts)
      if (attempts < retries.attemptsMax) {
        log.warn({ err: error, module, message: envelope.id, attempts }, 'a delivery failed')
        return 'failed'
      }
      log.error({ err: error, module, message: envelope.id, attempts }, 'a message is parked')
      if (!(await parkSurely({ delivery, attempts, error, signal }))) return 'failed'
    }
    if (attemptsOf.get(id)) attemptsOf.set(id, 0)
    return 'settled'
  }

  /** Resolves to whether the message is parked: only a lost connection keeps it from that. */
  async function parkSurely(given: {
    delivery: Delivery
    attempts: number
    error: Error
    signal: AbortSignal
  }): Promise<boolean> {
    const { delivery, attempts, error, signal } = given
    while (!signal.aborted) {
      try {
        await park(delivery, attempts, error)
        return true
      } catch (err) {
        log.error({ err, message: delivery.envelope.id }, 'a message could not be parked yet')
        await sleep(1_000, undefined, { signal }).catch(() => {})
      }
    }
    return false
  }

  /** Resolves to whether the broker may forget the message. */
  async function deliver(delivery: Delivery, signal: AbortSignal): Promise<boolean> {
    for (let outages = 0; !signal.aborted;) {
      await slots.take()
      try {
        // Refused while waiting for a slot: whoever gets it next shall handle it.
        if (signal.aborted) break
        const outcome = await attempt(delivery, signal)
        if (outcome === 'settled') return true
        outages = outcome === 'away' ? outages + 1 : 0
      } finally {
        slots.free()
      }
      const pauseMillis =
        outages > 0
          ? retries.outagePauseMillis(outages)
          : retries.pauseMillis(attemptsOf.get(idOf(delivery)) ?? 1)
      await sleep(pauseMillis, undefined, { signal }).catch(() => {})
    }
    return false
  }

  return {
    /**
     * What comes over one connection. After `signal` is aborted only the handlers under way are
     * awaited; messages that wait for their turn or their next attempt are given up.
     */
    open: (signal: AbortSignal) => inTurn((delivery) => deliver(delivery, signal)),
  }
}

/** One after another for each subject of a module; after one that was given up, so are the others. */
function inTurn(deliver: (delivery: Delivery) => Promise<boolean>) {
  const lastOf = new Map<string, Promise<boolean>>()
  const underWay = new Set<Promise<boolean>>()
  return {
    /** Resolves to true once the message is handled or parked, to false if it is given up. */
    take(delivery: Delivery): Promise<boolean> {
      const key = `${delivery.module} ${delivery.envelope.subject}`
      const before = lastOf.get(key) ?? Promise.resolve(true)
      const done = before.then((settled) => settled && deliver(delivery))
      lastOf.set(key, done)
      underWay.add(done)
      void done.then(() => {
        underWay.delete(done)
        if (lastOf.get(key) === done) lastOf.delete(key)
      })
      return done
    },
    /** Resolves when nothing is under way. */
    idle: () => Promise.allSettled(underWay),
  }
}

const idOf = ({ module, envelope }: Delivery) => `${module} ${envelope.source} ${envelope.id}`

/** Lets so many hold a slot at once; the others wait in line. */
function slotsOf(count: number) {
  let left = count
  const line: (() => void)[] = []
  return {
    async take(): Promise<void> {
      if (left > 0) left--
      else await new Promise<void>((resolve) => line.push(resolve))
    },
    free: (): void => {
      const next = line.shift()
      if (next) next()
      else left++
    },
  }
}
