import { concertFor, orderFlows } from '../concert.ts'
import { differs, drive, driveWarm, missingOrders, verify } from '../drive.ts'
import {
  atMost,
  besideNull,
  figuresOf,
  ofNull,
  sumOf,
  type Bench,
  type Outcome,
  type Scenario,
} from '../scenario.ts'
import { putOnSale, startNullServer, startProgram } from '../servers.ts'

/** More buyers than tickets, all at the door when it opens; who is told to come back does. */
async function* run({ ground, quick, say }: Bench): AsyncGenerator<Outcome> {
  const buyers = quick ? 2_000 : 20_000
  const tickets = buyers / 4
  const connections = buyers / 4
  const concert = concertFor(1)
  const ticketType = { ...concert.ticketTypes[1]!, capacity: tickets }
  const offer = { ...concert, ticketTypes: [ticketType] }
  say('starting the program and the null server')
  const karcis = await startProgram(ground)
  await putOnSale(karcis, [offer])
  const nothing = await startNullServer(ground, [offer])
  const [flow] = orderFlows({ ...offer, ticketTypes: [concert.ticketTypes[0]!, ticketType] })
  const flows = [flow!]
  const load = { connections, buyers, flows, comesBack: true, good: ['201', '409', '503'] }
  say(`${buyers} buyers: null server`)
  const bare = await driveWarm(ground, nothing, load)
  say(`${buyers} buyers for ${tickets} tickets: karcis`)
  const running = await drive(ground, karcis, load)

  const { statuses } = running
  const sold = statuses['201'] ?? 0
  const answered = sold + (statuses['409'] ?? 0)
  yield {
    scenario: 'burst',
    level: `${buyers.toLocaleString('en')} buyers, ${tickets.toLocaleString('en')} tickets`,
    unit: 'answers',
    figures: {
      ...figuresOf(running, sumOf(statuses)),
      ...besideNull(running.perSecond, bare),
      connections,
      firstToLastSeconds: running.lastedSeconds,
      sold,
      cameBack: statuses['503'] ?? 0,
    },
    targets: [atMost('seconds from the first to the last answer', running.lastedSeconds, 5)],
    problems: [
      ...ofNull(bare.problems),
      ...running.problems,
      ...(sold === tickets ? [] : [`${sold} tickets were sold of ${tickets}`]),
      ...(answered === buyers ? [] : [`${answered} of ${buyers} buyers were answered`]),
      ...(running.withoutRetryAfter > 0 ? ['a 503 did not say when to come back'] : []),
      ...(await missingOrders(karcis, [offer.eventId], sold)),
      ...(await differs(karcis, 'seats', sold, [
        'select count(*) from booking.seats where order_id is not null',
      ])),
      ...(await verify(karcis)),
    ],
  }
}

export const burst: Scenario = {
  about: '20,000 buyers for 5,000 numbered tickets at one instant',
  run,
}
