import type pg from 'pg'
import { err } from '../../../kernel/result.ts'
import type { PlaceOrder } from '../domain/place-order.ts'
import type { OrderDesk } from '../ports.ts'
import { commitBatch, type Answer, type Memory } from './order-batch.ts'

type Waiting = {
  command: PlaceOrder
  answer: (answer: Answer | ReturnType<typeof overloaded>) => void
  fail: (error: unknown) => void
}
type EventDesk = { eventId: string; waiting: Waiting[]; working: boolean; memory: Memory }

const overloaded = () => err({ kind: 'desk-overloaded' as const })

export type OrderDeskOptions = {
  /** Connections with `pipeline: true`; one is busy per event that sells. */
  pool: pg.Pool
  ordersPerBatchMax: number
  /** Orders of one event that may wait; more are refused at once. */
  waitingMax: number
  /** Events whose seats are remembered. */
  eventsRememberedMax: number
  /** Called after a commit that left a ticket type without stock. */
  onSoldOut(eventId: string): void
}

/**
 * Places orders by group commit: requests for one event that arrive while a batch is being
 * committed form the next batch. One transaction locks the event's stock, decides the orders in
 * the order of their arrival, writes them all, and is committed before anyone is answered. Idle,
 * a batch is one order; no timer waits for more.
 */
export function orderDesk(options: OrderDeskOptions): OrderDesk {
  const desks = new Map<string, EventDesk>()

  async function work(desk: EventDesk): Promise<void> {
    while (desk.waiting.length > 0) {
      await settle(options, desk, desk.waiting.splice(0, options.ordersPerBatchMax), false)
    }
    desk.working = false
    forget(desks, options.eventsRememberedMax)
  }

  return {
    place: (command) =>
      new Promise((resolve, reject) => {
        const { eventId } = command
        const desk = desks.get(eventId) ?? { eventId, waiting: [], working: false, memory: {} }
        desks.set(eventId, desk)
        if (desk.waiting.length >= options.waitingMax) return resolve(overloaded())
        desk.waiting.push({ command, answer: resolve, fail: reject })
        if (desk.working) return
        desk.working = true
        // Requests that were read from their sockets in this turn join the first batch.
        setImmediate(work, desk)
      }),
  }
}

/**
 * Commits a batch and answers it. A batch that fails is tried again in halves, so that an order
 * nobody foresaw fails alone; then every order looks for itself first, since a commit whose
 * answer was lost may have placed it.
 */
async function settle(
  options: OrderDeskOptions,
  desk: EventDesk,
  batch: Waiting[],
  again: boolean,
): Promise<void> {
  const commands = batch.map(({ command }) => command)
  try {
    const { eventId, memory } = desk
    const done = await commitBatch(options.pool, { eventId, memory, commands, again })
    batch.forEach((waiting, i) => waiting.answer(done.answers[i]!))
    if (done.soldOut) options.onSoldOut(eventId)
  } catch (error) {
    desk.memory = {}
    if (batch.length === 1 && again) return batch[0]!.fail(error)
    const half = Math.ceil(batch.length / 2)
    await settle(options, desk, batch.slice(0, half), true)
    if (half < batch.length) await settle(options, desk, batch.slice(half), true)
  }
}

/** Keeps the memory of the events that sold last. */
function forget(desks: Map<string, EventDesk>, eventsMax: number): void {
  for (const [eventId, desk] of desks) {
    if (desks.size <= eventsMax) return
    if (!desk.working) desks.delete(eventId)
  }
}
