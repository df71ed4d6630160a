import { newConcert, orderFlows } from '../concert.ts'
import { differs, drive, driveWarm, verify } from '../drive.ts'
import { quiet } from '../processes.ts'
import { makeSold, settleTables } from '../rows.ts'
import {
  atLeast,
  besideNull,
  figuresOf,
  ofNull,
  round,
  type Bench,
  type Outcome,
  type Scenario,
} from '../scenario.ts'
import { putOnSale, startNullServer, startProgram } from '../servers.ts'

/** Selling an event that has sold a million tickets already, beside selling it from the start. */
async function* run({ ground, seconds, quick, connections, say }: Bench): AsyncGenerator<Outcome> {
  const sold = quick ? 20_000 : 1_000_000
  const level = connections?.[0] ?? (quick ? 64 : 256)
  const base = newConcert(3 * seconds)
  const [vip, tribune, festival] = base.ticketTypes
  const offer = {
    ...base,
    ticketTypes: [vip!, tribune!, { ...festival!, capacity: festival!.capacity + sold }],
  }
  say('starting the program and the null server')
  const karcis = await startProgram(ground)
  await putOnSale(karcis, [offer])
  const nothing = await startNullServer(ground, [offer])
  const loadNamed = (name: string) => ({
    connections: level,
    seconds,
    flows: orderFlows(offer, `${offer.eventId}-${name}`),
    good: ['201'],
  })
  say('null server, then karcis with empty tables')
  const bare = await driveWarm(ground, nothing, loadNamed('null'))
  await drive(ground, karcis, { ...loadNamed('warm'), seconds: 1 })
  await settleTables(karcis.database)
  await quiet(say)
  const before = await drive(ground, karcis, loadNamed('empty'))
  say(`making ${sold} sold orders`)
  await makeSold(karcis.database, { offer, ticketType: festival!, count: sold })
  await settleTables(karcis.database)
  say('karcis with full tables')
  const warm = await drive(ground, karcis, { ...loadNamed('again'), seconds: 1 })
  await quiet(say)
  const after = await drive(ground, karcis, loadNamed('full'))

  const ofEmpty = round(after.perSecond / before.perSecond, 2)
  const rest = await differs(
    karcis,
    'orders',
    (after.statuses['201'] ?? 0) + (warm.statuses['201'] ?? 0),
    [
      `select count(*) from booking.orders where placed_at > (
       select max(placed_at) from booking.orders where status = 'paid')`,
    ],
  )
  yield {
    scenario: 'full-tables',
    level: `${sold.toLocaleString('en')} sold orders`,
    unit: 'orders',
    figures: {
      ...figuresOf(after),
      ...besideNull(after.perSecond, bare),
      emptyPerSecond: before.perSecond,
      ofEmpty,
    },
    targets: [atLeast('of the empty database', ofEmpty, 0.9)],
    problems: [
      ...ofNull(bare.problems),
      ...before.problems,
      ...warm.problems,
      ...after.problems,
      ...rest,
      ...(await verify(karcis)),
    ],
  }
}

export const fullTables: Scenario = {
  about: 'contested orders of an event with 1,000,000 sold orders, beside empty tables',
  run,
}
