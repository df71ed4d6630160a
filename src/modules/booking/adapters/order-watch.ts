import { EventEmitter, on } from 'node:events'
import type pg from 'pg'
import type { FastifyBaseLogger } from 'fastify'
import type { Order } from '../domain/order.ts'
import { fromRow, type OrderRow } from './order-rows.ts'

/** Short enough for a page that waits for payment instructions to feel immediate. */
const pollMillis = 150

export type OrderWatch = {
  /** The order as it is now, and again whenever it has changed, until the signal is aborted. */
  changesOf(order: Order, signal: AbortSignal): AsyncGenerator<Order>
  /** The first state that satisfies `until`, or the last one known when the time is over. */
  waitFor(order: Order, until: (order: Order) => boolean, millis: number): Promise<Order>
}

/**
 * Follows orders by asking for all that anyone watches in one statement: the cost does not grow
 * with the number of watchers, and no transaction has to notify anyone.
 */
export function orderWatch(pool: pg.Pool, log: FastifyBaseLogger): OrderWatch {
  const emitter = new EventEmitter().setMaxListeners(0)
  const seen = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined

  async function poll(): Promise<void> {
    const { rows } = await pool.query<OrderRow>('select * from booking.orders where id = any($1)', [
      [...seen.keys()],
    ])
    for (const row of rows) {
      const state = JSON.stringify(row)
      if (!seen.has(row.id) || seen.get(row.id) === state) continue
      seen.set(row.id, state)
      emitter.emit(row.id, fromRow(row))
    }
  }

  function schedule(): void {
    timer ??= setTimeout(() => {
      poll()
        .catch((error: Error) => log.warn({ err: error }, 'watched orders not read'))
        .finally(() => {
          timer = undefined
          for (const id of seen.keys()) if (emitter.listenerCount(id) === 0) seen.delete(id)
          if (seen.size > 0) schedule()
        })
    }, pollMillis)
  }

  async function* changesOf(order: Order, signal: AbortSignal): AsyncGenerator<Order> {
    const changes = on(emitter, order.id, { signal })
    // Forces the next poll to tell: the order may have changed since the caller read it.
    seen.set(order.id, '')
    schedule()
    yield order
    try {
      for await (const [change] of changes) yield change as Order
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  return {
    changesOf,
    async waitFor(order, until, millis) {
      let last = order
      for await (const state of changesOf(order, AbortSignal.timeout(millis))) {
        last = state
        if (until(state)) break
      }
      return last
    },
  }
}
