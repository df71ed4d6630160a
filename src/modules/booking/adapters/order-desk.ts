import type pg from 'pg'
import { err } from '../../../kernel/result.ts'
import { isOutage } from '../../../platform/postgres.ts'
import { reached } from '../../../platform/steps.ts'
import { causeOf, currentRequestId } from '../../../platform/request-context.ts'
import type { Span } from '../../../platform/span.ts'
import { isTracing, ofOrder, traced } from '../../../platform/tracing.ts'
import type { PlaceOrder } from '../domain/place-order.ts'
import type { OrderDesk } from '../ports.ts'
import {
  batchOrders,
  commitSeconds,
  fullestQueue,
  noteGuardTrip,
  ordersPlaced,
  ordersRefused,
  waitingOrders,
} from './desk-metrics.ts'
import { commitBatch, type Answer, type Memory } from './order-batch.ts'

type Waiting = {
  command: PlaceOrder
  requestId: string | undefined
  span: Span | undefined
  answer: (answer: Answer | ReturnType<typeof overloaded>) => void
  fail: (error: unknown) => void
}
type EventDesk = {
  eventId: string
  waiting: Waiting[]
  /** Batches that failed and are tried again before anything else. */
  failed: Waiting[][]
  /** A batch has set out and not yet sent all it will send. */
  deciding: boolean
  /** Ends with the batch that set out last. */
  last: Promise<void>
  /** How long the last batches took, not counting that they waited for those before them. */
  batchMillis: number
  /** When the batch that is being committed began to keep the others waiting; 0 when none is. */
  busySince: number
  /** Batches that have set out and not yet ended. */
  underWay: number
  memory: Memory
}

const overloaded = () => err({ kind: 'desk-overloaded' as const })

export type OrderDeskOptions = {
  /** Connections with `pipeline: true`; an event that sells keeps up to two of them busy. */
  pool: pg.Pool
  ordersPerBatchMax: number
  /** Orders of one event that may wait, however fast they go; more are refused at once. */
  waitingMax: number
  /**
   * How long an order should wait at most. As many may wait as the last batches say will be done by
   * then, but always a whole batch, which costs no more than a small one.
   */
  waitMillisMax: number
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
 *
 * A batch sets out as soon as the one before has sent all it will send, and waits for the lock in
 * the database, which is then never idle for want of a message from here.
 */
export function orderDesk(options: OrderDeskOptions): OrderDesk {
  const desks = new Map<string, EventDesk>()
  measureQueues(desks, options)

  /** Sends the next batch on its way, unless one is still being decided. */
  function proceed(desk: EventDesk): void {
    if (desk.deciding) return
    const again = desk.failed.shift()
    const batch = again ?? desk.waiting.splice(0, options.ordersPerBatchMax)
    if (batch.length === 0) return forget(desks, options.eventsRememberedMax)
    desk.deciding = true
    // The event that sold last goes to the end of those that may be forgotten.
    desks.delete(desk.eventId)
    desks.set(desk.eventId, desk)
    const onDecided = () => {
      desk.deciding = false
      proceed(desk)
    }
    desk.last = settle(options, desk, { batch, again: again !== undefined, onDecided })
    // A batch that failed left orders to be tried again, whether or not others wait.
    void desk.last.then(() => proceed(desk))
  }

  const place = (command: PlaceOrder, span?: Span): ReturnType<OrderDesk['place']> =>
    new Promise((resolve, reject) => {
      const { eventId } = command
      const desk = desks.get(eventId) ?? newDesk(eventId)
      desks.set(eventId, desk)
      if (desk.waiting.length >= roomOf(desk, options)) {
        ordersRefused.inc({ reason: 'desk-overloaded' })
        return resolve(overloaded())
      }
      desk.waiting.push({
        command,
        requestId: currentRequestId(),
        span,
        answer: resolve,
        fail: reject,
      })
      // Requests that were read from their sockets in this turn join the first batch.
      if (desk.waiting.length === 1 && !desk.deciding) setImmediate(proceed, desk)
    })

  return { place: (command) => (isTracing() ? tracedPlace(command, place) : place(command)) }
}

const newDesk = (eventId: string): EventDesk => ({
  eventId,
  waiting: [],
  failed: [],
  deciding: false,
  last: Promise.resolve(),
  batchMillis: 0,
  busySince: 0,
  underWay: 0,
  memory: {},
})

/** How many orders may wait: what is refused at once can be tried again, what waits too long is lost. */
function roomOf(
  { batchMillis, busySince }: EventDesk,
  { ordersPerBatchMax, waitingMax, waitMillisMax }: OrderDeskOptions,
): number {
  // A batch that hangs says more about the next ones than those that did not.
  const hangs = busySince > 0 ? performance.now() - busySince : 0
  const batches = Math.floor(waitMillisMax / Math.max(batchMillis, hangs, 1)) - 1
  return Math.min(waitingMax, Math.max(1, batches) * ordersPerBatchMax)
}

/** Measures batches one after another, though the next sets out before the last one has ended. */
function setOut(desk: EventDesk): () => void {
  if (desk.underWay++ === 0) desk.busySince = performance.now()
  return () => {
    const now = performance.now()
    desk.batchMillis = (desk.batchMillis + now - desk.busySince) / 2
    desk.busySince = --desk.underWay > 0 ? now : 0
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
  { batch, again, onDecided }: { batch: Waiting[]; again: boolean; onDecided: () => void },
): Promise<void> {
  const { eventId, last: before } = desk
  const commands = batch.map(({ command }) => command)
  const causes = batch.map(({ requestId, span }) => causeOf(requestId, span))
  const ended = setOut(desk)
  let decided = false
  const once = () => {
    if (!decided) onDecided()
    decided = true
  }
  try {
    const work = { eventId, desk, before, commands, causes, again, onDecided: once }
    const { answers, soldOut } = await timed(
      tracedBatch(batch, () => commitBatch(options.pool, work)),
    )
    reached('desk.committed')
    countAnswers(answers)
    batch.forEach((waiting, i) => waiting.answer(answers[i]!))
    if (soldOut) options.onSoldOut(eventId)
  } catch (error) {
    noteGuardTrip(error)
    desk.memory = {}
    const half = Math.ceil(batch.length / 2)
    // What failed for want of a database fails in halves as well.
    if (again && (batch.length === 1 || isOutage(error))) batch.forEach(({ fail }) => fail(error))
    else if (isOutage(error)) desk.failed.push(batch)
    else desk.failed.push(batch.slice(0, half), ...(half < batch.length ? [batch.slice(half)] : []))
  }
  ended()
  once()
}

/** The time of an order at the desk, the waiting included. */
const tracedPlace = (
  command: PlaceOrder,
  place: (command: PlaceOrder, span?: Span) => ReturnType<OrderDesk['place']>,
) =>
  traced('booking.placeOrder', { attributes: ofOrder(command.orderId) }, async (span) => {
    const answer = await place(command, span)
    span?.set({ 'karcis.outcome': answer.ok ? 'placed' : answer.error.kind })
    return answer
  })

/** A batch stands in the trace of its first order; it and the orders link to each other. */
function tracedBatch<T>(batch: readonly Waiting[], commit: () => Promise<T>): Promise<T> {
  if (!isTracing()) return commit()
  const orders = batch.flatMap(({ span }) => (span?.recorded ? [span] : []))
  const [first] = orders
  if (!first) return commit()
  const attributes = { 'karcis.batch.orders': batch.length }
  const about = { parent: first.traceParent, links: orders, attributes }
  return traced('booking.commitBatch', about, (span) => {
    if (span) for (const order of orders) order.link(span)
    return commit()
  })
}

async function timed<T>(work: Promise<T>): Promise<T> {
  const startedAt = performance.now()
  const result = await work
  commitSeconds.observe((performance.now() - startedAt) / 1_000)
  return result
}

function countAnswers(answers: readonly Answer[]): void {
  batchOrders.observe(answers.length)
  let placed = 0
  for (const answer of answers) {
    if (answer.ok) placed++
    else ordersRefused.inc({ reason: answer.error.kind })
  }
  ordersPlaced.inc(placed)
}

function measureQueues(desks: Map<string, EventDesk>, options: OrderDeskOptions): void {
  const all = () => [...desks.values()]
  waitingOrders(() => [
    { labels: {}, value: all().reduce((sum, { waiting }) => sum + waiting.length, 0) },
  ])
  fullestQueue(() => {
    const shares = all().map((desk) => desk.waiting.length / roomOf(desk, options))
    return [{ labels: {}, value: Math.max(0, ...shares) }]
  })
}

/** Keeps the memory of the events that sold last. */
function forget(desks: Map<string, EventDesk>, eventsMax: number): void {
  for (const [eventId, desk] of desks) {
    if (desks.size <= eventsMax) return
    if (!desk.deciding && desk.waiting.length === 0) desks.delete(eventId)
  }
}
