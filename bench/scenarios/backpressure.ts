import { newConcert, orderFlows } from '../concert.ts'
import { drive, missingOrders, verify } from '../drive.ts'
import { publicEventId } from '../rows.ts'
import {
  atLeast,
  atMost,
  figuresOf,
  round,
  sumOf,
  type Bench,
  type Outcome,
  type Scenario,
} from '../scenario.ts'
import { putOnSale, startProgram, type Database } from '../servers.ts'

/** How long every commit of orders takes on the slow database. */
const slowSeconds = 0.25

/**
 * Four times as many orders as the program can place, whether or not they are answered. So that
 * client and server have processors to spare and only the desk is short, the database is made slow:
 * a trigger waits in every transaction that takes stock.
 */
async function* run({ ground, quick, seconds, say }: Bench): AsyncGenerator<Outcome> {
  const lasting = quick ? 3 : Math.max(seconds, 10)
  const concert = newConcert(3 * lasting)
  say('starting the program on a slow database')
  const karcis = await startProgram(ground)
  await putOnSale(karcis, [concert])
  await slowDown(karcis.database)
  const flowsNamed = (name: string) => orderFlows(concert, `${concert.eventId}-${name}`)
  say('finding out how much it can')
  const able = await drive(ground, karcis, {
    connections: 2_000,
    seconds: lasting,
    flows: flowsNamed('able'),
    comesBack: true,
    good: ['201', '503'],
  })
  const capacity = (able.statuses['201'] ?? 0) / able.lastedSeconds
  const perSecond = Math.round(4 * capacity)

  say(`${perSecond} orders/s come in, four times as many, and readers beside them`)
  const path = `/v1/events/${publicEventId(concert)}/availability`
  const [flood, reads] = await Promise.all([
    drive(ground, karcis, {
      connections: Math.min(8_000, 4 * perSecond),
      seconds: lasting,
      perSecond,
      flows: flowsNamed('flood'),
      good: ['201', '503'],
    }),
    drive(ground, karcis, {
      connections: 20,
      seconds: lasting,
      perSecond: 100,
      flows: [[{ name: 'availability', method: 'GET', path }]],
      good: ['200'],
    }),
  ])
  await speedUp(karcis.database)

  const placed = flood.statuses['201'] ?? 0
  const refused = flood.statuses['503'] ?? 0
  const placedPerSecond = placed / flood.lastedSeconds
  yield {
    scenario: 'backpressure',
    level: 'four times the capacity of a slow database',
    unit: 'orders',
    figures: {
      ...figuresOf(flood, sumOf(flood.statuses)),
      perSecond: Math.round(placedPerSecond),
      capacityPerSecond: Math.round(capacity),
      offeredPerSecond: perSecond,
      ofCapacity: round(placedPerSecond / capacity, 2),
      refusedShare: round(refused / (placed + refused), 2),
      maxMs: flood.maxMs,
      readP95Ms: reads.p95Ms,
      readMaxMs: reads.maxMs,
    },
    targets: [
      atLeast('of the capacity still sold', round(placedPerSecond / capacity, 2), 0.9),
      atLeast('of all orders refused', round(refused / (placed + refused), 2), 0.5),
      atMost('buyers who found no free connection', flood.unsent, 0),
      atMost('p99 ms of all answers', flood.p99Ms, 2000),
      atMost('p95 ms of reads beside', reads.p95Ms, 100),
    ],
    problems: [
      ...able.problems,
      ...flood.problems,
      ...reads.problems,
      ...(flood.withoutRetryAfter > 0 ? ['a 503 did not say when to come back'] : []),
      ...(await missingOrders(karcis, [concert.eventId], placed + (able.statuses['201'] ?? 0))),
      ...(await verify(karcis)),
    ],
  }
}

async function slowDown({ pool }: Database): Promise<void> {
  await pool.query(`create function booking.bench_wait() returns trigger language plpgsql as
    $$ begin perform pg_sleep(${slowSeconds}); return null; end $$`)
  await pool.query(`create trigger bench_wait after update on booking.stock
    for each statement execute function booking.bench_wait()`)
}

async function speedUp({ pool }: Database): Promise<void> {
  await pool.query('drop function booking.bench_wait cascade')
}

export const backpressure: Scenario = {
  about: 'four times as many orders as a slow database can keep, and readers beside them',
  run,
}
