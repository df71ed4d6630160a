import type { FastifyBaseLogger } from 'fastify'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Envelope } from '../kernel/message.ts'
import type { Bus } from './bus.ts'
import { transaction } from './postgres.ts'
import { readCause, tracedBy } from './request-context.ts'
import { detailOf } from './sent-messages.ts'
import { reached } from './steps.ts'
import { attributesOf, isTracing, openSpan } from './tracing.ts'

const messagesPerRun = 1_000
/** The first and the longest pause between attempts while the bus takes nothing. */
const refusedMillisMin = 250
const refusedMillisMax = 5_000
/** However often something is written, the outboxes are looked at no more often. */
const lookMillisMin = 5

/**
 * Relays several outboxes of one database until the signal is aborted. One look tells which of them
 * have something to move, however many there are: to ask each by itself cost an idle program a
 * hundred queries a second, and a busy one several for each message.
 */
export function outboxRelays(
  pool: pg.Pool,
  schemas: readonly string[],
  bus: Pick<Bus, 'publish'>,
  log: FastifyBaseLogger,
) {
  const relays = new Map(schemas.map((schema) => [schema, outboxRelay(pool, schema, bus, log)]))
  const first = (schema: string) =>
    `(select '${schema}' as schema from ${schema}.outbox order by position limit 1)`
  const look = schemas.map(first).join(' union all ')
  let wake: () => void = () => {}

  async function waiting(): Promise<Iterable<string>> {
    try {
      const { rows } = await pool.query<{ schema: string }>(look)
      return rows.map(({ schema }) => schema)
    } catch {
      // Each relay says for itself that the database is away.
      return schemas
    }
  }

  return {
    /** Something was written: look now instead of at the next poll. */
    wake: () => wake(),

    async run(signal: AbortSignal, pollMillis = 250): Promise<void> {
      if (schemas.length === 0) return
      signal.addEventListener('abort', () => wake())
      const running = [...relays.values()].map((relay) => relay.run(signal))
      while (!signal.aborted) {
        const woken = Promise.withResolvers<void>()
        wake = woken.resolve
        for (const schema of await waiting()) relays.get(schema)?.wake()
        const timer = setTimeout(woken.resolve, pollMillis)
        await Promise.all([woken.promise, sleep(lookMillisMin)])
        clearTimeout(timer)
      }
      await Promise.all(running)
    },
  }
}

/**
 * Moves messages from a module's outbox to the bus, in the order in which they were written. They
 * leave the outbox only after the bus has them, so a crash in between repeats messages and loses
 * none. What left is noted among the sent messages, for those who ask later what was said. Relays of
 * one outbox take turns.
 */
export function outboxRelay(
  pool: pg.Pool,
  schema: string,
  bus: Pick<Bus, 'publish'>,
  log: FastifyBaseLogger,
) {
  let wake: () => void = () => {}

  async function moveSome(): Promise<number> {
    return transaction(pool, async (client) => {
      const { rows } = await client.query<OutboxRow>(
        `with moved as (
           delete from ${schema}.outbox
           where pg_try_advisory_xact_lock(hashtextextended($1, 0)) and position in (
             select position from ${schema}.outbox order by position limit ${messagesPerRun}
           )
           returning position, type, key, data, caused_by, written_at
         ), kept as (
           insert into ${schema}.sent_messages (key, position, type, detail, written_at, trace_id)
           select key, position, type, ${detailOf('data')}, written_at, ${tracedBy('caused_by')}
           from moved
         )
         select * from moved`,
        [`${schema}.outbox`],
      )
      rows.sort((a, b) => a.position - b.position)
      if (rows.length > 0) {
        await publish(
          bus,
          rows.map((row) => toEnvelope(schema, row)),
        )
        reached('relay.published')
      }
      return rows.length
    })
  }

  return {
    /** Something was written. */
    wake: () => wake(),

    /** Moves what is there now. */
    async drain(): Promise<void> {
      while ((await moveSome()) > 0);
    },

    /**
     * Moves whatever is there whenever it is woken, until the signal is aborted, and finishes the
     * batch under way. While the bus takes nothing, messages wait in the outbox, and it is asked
     * less and less often.
     */
    async run(signal: AbortSignal): Promise<void> {
      signal.addEventListener('abort', () => wake())
      let refusedMillis = 0
      while (!signal.aborted) {
        const woken = Promise.withResolvers<void>()
        let isWoken = false
        wake = () => {
          isWoken = true
          // A bus that is away is not asked with every request.
          if (refusedMillis === 0 || signal.aborted) woken.resolve()
        }
        let moved = 0
        try {
          moved = await moveSome()
          if (refusedMillis > 0) log.info({ outbox: schema }, 'the outbox is relayed again')
          refusedMillis = 0
        } catch (err) {
          if (refusedMillis === 0) {
            log.error({ err, outbox: schema }, 'outbox not relayed; its messages wait there')
          }
          refusedMillis = Math.min(Math.max(refusedMillis * 2, refusedMillisMin), refusedMillisMax)
        }
        if (moved === messagesPerRun || (isWoken && refusedMillis === 0)) continue
        const timer = refusedMillis > 0 ? setTimeout(woken.resolve, refusedMillis) : undefined
        await woken.promise
        clearTimeout(timer)
      }
    },
  }
}

type OutboxRow = {
  position: number
  type: string
  key: string
  data: unknown
  caused_by: string | null
  written_at: Date
}

/** Each message is published in a span of the trace that it was written in, which then goes on. */
async function publish(bus: Pick<Bus, 'publish'>, envelopes: Envelope[]): Promise<void> {
  if (!isTracing()) return bus.publish(envelopes)
  const spans = envelopes.map((envelope) =>
    openSpan(`publish ${envelope.type}`, {
      kind: 'producer',
      parent: envelope.traceparent,
      attributes: attributesOf(envelope),
    }),
  )
  try {
    await bus.publish(
      envelopes.map((envelope, i) => {
        const traceparent = spans[i]?.traceParent
        return traceparent === undefined ? envelope : { ...envelope, traceparent }
      }),
    )
  } catch (error) {
    for (const span of spans) span?.fail(error)
    throw error
  } finally {
    for (const span of spans) span?.end()
  }
}

function toEnvelope(schema: string, row: OutboxRow): Envelope {
  const { requestId, traceParent } = readCause(row.caused_by)
  return {
    specversion: '1.0',
    id: `${schema}-${row.position}`,
    source: schema,
    type: row.type,
    subject: row.key,
    time: row.written_at.toISOString(),
    datacontenttype: 'application/json',
    ...(requestId !== undefined && { requestid: requestId }),
    ...(traceParent !== undefined && { traceparent: traceParent }),
    data: row.data,
  }
}
