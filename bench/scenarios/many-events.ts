import { concertFor, newConcert, orderFlows } from '../concert.ts'
import { drive, driveWarm, missingOrders, verify } from '../drive.ts'
import { quiet } from '../processes.ts'
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

/** As many buyers as ever, but each at one of a thousand events, beside one event for all. */
async function* run({ ground, seconds, quick, connections, say }: Bench): AsyncGenerator<Outcome> {
  const events = quick ? 50 : 1_000
  const level = connections?.[0] ?? (quick ? 64 : 256)
  const one = newConcert(seconds)
  const many = Array.from({ length: events }, () => concertFor((20_000 * seconds) / events + 100))
  say(`starting the program and putting ${events} events on sale`)
  const karcis = await startProgram(ground)
  await putOnSale(karcis, [one, ...many])
  const nothing = await startNullServer(ground, many)
  const flows = many.map((concert, i) => {
    const kinds = orderFlows(concert)
    return kinds[i % kinds.length]!
  })
  const load = { connections: level, seconds, good: ['201'] }
  say('null server; karcis at one event; karcis at all of them')
  const bare = await driveWarm(ground, nothing, { ...load, flows })
  await quiet(say)
  const alone = await drive(ground, karcis, { ...load, flows: orderFlows(one) })
  const running = await drive(ground, karcis, { ...load, flows })

  const ofOne = round(running.perSecond / alone.perSecond, 2)
  yield {
    scenario: 'many-events',
    level: `${events.toLocaleString('en')} events`,
    unit: 'orders',
    figures: {
      ...figuresOf(running),
      ...besideNull(running.perSecond, bare),
      oneEventPerSecond: alone.perSecond,
      ofOne,
    },
    targets: [atLeast('of the one-event figure', ofOne, 0.8)],
    problems: [
      ...ofNull(bare.problems),
      ...alone.problems,
      ...running.problems,
      ...(await missingOrders(karcis, [one.eventId], alone.statuses['201'] ?? 0)),
      ...(await missingOrders(
        karcis,
        many.map(({ eventId }) => eventId),
        running.statuses['201'] ?? 0,
      )),
      ...(await verify(karcis)),
    ],
  }
}

export const manyEvents: Scenario = { about: '1,000 events on sale at once, buyers spread', run }
