import { setTimeout as sleep } from 'node:timers/promises'
import { newConcert, orderFlows } from '../concert.ts'
import { countIn, differs, drive, driveWarm, missingOrders, verify } from '../drive.ts'
import { quiet } from '../processes.ts'
import { makeHolds, settleTables } from '../rows.ts'
import {
  atLeast,
  atMost,
  besideNull,
  figuresOf,
  ofNull,
  round,
  type Bench,
  type Outcome,
  type Scenario,
} from '../scenario.ts'
import { putOnSale, startNullServer, startProgram } from '../servers.ts'
import { until } from '../shop.ts'

/** A hundred thousand holds run out at one instant, while the same event goes on selling. */
async function* run(bench: Bench): AsyncGenerator<Outcome> {
  const { ground, quick, say } = bench
  const seconds = quick ? 3 : Math.max(bench.seconds, 12)
  const holds = quick ? 3_000 : 100_000
  const level = bench.connections?.[0] ?? 64
  const base = newConcert(3 * seconds)
  const [vip, tribune, festival] = base.ticketTypes
  const seated = { ...tribune!, capacity: tribune!.capacity + holds }
  const offer = { ...base, ticketTypes: [vip!, seated, festival!] }
  say('starting the program and the null server')
  const karcis = await startProgram(ground)
  await putOnSale(karcis, [offer])
  const nothing = await startNullServer(ground, [offer])
  const loadNamed = (name: string, lasting = seconds) => ({
    connections: level,
    seconds: lasting,
    flows: orderFlows(offer, `${offer.eventId}-${name}`),
    good: ['201'],
  })
  say('selling alone: null server, karcis')
  const bare = await driveWarm(ground, nothing, loadNamed('null', Math.min(seconds, 5)))
  await quiet(say)
  const alone = await drive(ground, karcis, loadNamed('alone', Math.min(seconds, 8)))

  say(`making ${holds} holds`)
  const leadSeconds = quick ? 4 : 30
  const dueAt = new Date(Date.now() + leadSeconds * 1000)
  const ids = await makeHolds(karcis.database, { offer, ticketType: seated, count: holds }, dueAt)
  await settleTables(karcis.database)
  const early = dueAt.getTime() - Date.now()
  if (early < 500) throw new Error(`making ${holds} holds took longer than they last`)
  await sleep(early - 300)
  say('selling while they run out')
  const selling = drive(ground, karcis, loadNamed('beside'))
  const left = `select count(*) from booking.orders where status = 'pending' and expires_at <= $1`
  const gone = async () => Date.now() > +dueAt && (await countIn(karcis, left, [dueAt])) === 0
  const isOver = await until(gone, 120)
  const expirySeconds = round((Date.now() - dueAt.getTime()) / 1000, 2)
  const beside = await selling

  // Only what was sold while holds ran out says how much that slows selling.
  const during = `select count(*) from booking.orders where status = 'pending'
    and placed_at >= $1 and placed_at < $1::timestamptz + $2 * interval '1 second'`
  const shared = Math.min(expirySeconds, seconds - 0.5)
  const perSecond = Math.round((await countIn(karcis, during, [dueAt, shared])) / shared)
  const ofAlone = round(perSecond / alone.perSecond, 2)
  const sold = (alone.statuses['201'] ?? 0) + (beside.statuses['201'] ?? 0)
  yield {
    scenario: 'expiry',
    level: `${holds.toLocaleString('en')} due holds`,
    unit: 'orders',
    figures: {
      ...figuresOf(beside),
      perSecond,
      ...besideNull(perSecond, bare),
      expirySeconds,
      expiredPerSecond: Math.round(holds / expirySeconds),
      alonePerSecond: alone.perSecond,
      ofAlone,
    },
    targets: [
      atMost('seconds until all were expired', expirySeconds, 10),
      atLeast('of selling alone', ofAlone, 0.75),
    ],
    problems: [
      ...ofNull(bare.problems),
      ...alone.problems,
      ...beside.problems,
      ...(isOver ? [] : ['holds are left after two minutes']),
      ...(await missingOrders(karcis, [offer.eventId], sold + holds)),
      ...(await differs(karcis, 'expired orders', holds, [
        `select count(*) from booking.orders where status = 'expired' and id = any($1)`,
        ids,
      ])),
      ...(await verify(karcis)),
    ],
  }
}

export const expiry: Scenario = { about: '100,000 holds run out at once while selling', run }
