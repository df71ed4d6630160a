import type { PaymentChoice } from '../../src/modules/booking/contract.ts'
import type { EventOffer } from '../../src/modules/catalog/contract.ts'
import { newConcert, orderFlows } from '../concert.ts'
import { drive, missingOrders, verify, type Run } from '../drive.ts'
import { quiet } from '../processes.ts'
import {
  atLeast,
  atMost,
  besideNull,
  figuresOf,
  ofNull,
  round,
  type Bench,
  type Figures,
  type Outcome,
  type Scenario,
} from '../scenario.ts'
import {
  putOnSale,
  startNaiveServer,
  startNullServer,
  startProgram,
  type Server,
} from '../servers.ts'
import { call } from '../shop.ts'

const warmUpSeconds = 2

/**
 * Everyone wants tickets of one concert: orders as fast as each of the three servers answers them,
 * the servers in turn at every number of connections, so that all meet the same weather. A concert
 * of its own for every level keeps the levels alike.
 */
async function* contested(
  scenario: string,
  withPayment: boolean,
  { ground, seconds, quick, connections, say }: Bench,
): AsyncGenerator<Outcome> {
  const levels = connections ?? (quick ? [64] : [64, 256, 1000])
  const rehearsal = newConcert(warmUpSeconds)
  const concerts = levels.map(() => newConcert(seconds))
  const offers = [rehearsal, ...concerts]

  say('starting the program')
  const karcis = await startProgram(ground)
  await putOnSale(karcis, offers)
  say('starting the one-transaction-per-order server and the null server')
  const naive = await startNaiveServer(ground, offers)
  const nothing = await startNullServer(ground, offers)

  const payment = withPayment ? await firstPaymentMethod(karcis) : undefined
  async function measure(name: string, server: Server, concert: EventOffer, level = 64) {
    await quiet(say)
    const lasting = concert === rehearsal ? (quick ? 1 : warmUpSeconds) : seconds
    say(`${level} connections, ${lasting} s: ${name}`)
    const flows = orderFlows(concert, concert.eventId, payment)
    return drive(ground, server, { connections: level, seconds: lasting, flows, good: ['201'] })
  }

  say('warming up')
  await measure('null server', nothing, rehearsal)
  await measure('one transaction per order', naive, rehearsal)
  await measure('karcis', karcis, rehearsal)
  for (const [i, concert] of concerts.entries()) {
    const level = levels[i] ?? 0
    const bare = await measure('null server', nothing, concert, level)
    const simple = await measure('one transaction per order', naive, concert, level)
    const run = await measure('karcis', karcis, concert, level)
    const missing = async (server: Server, { statuses }: Run) =>
      missingOrders(server, [concert.eventId], statuses['201'] ?? 0)
    say('verifying the database')
    const problems = [
      ...ofNull(bare.problems),
      ...[...simple.problems, ...(await missing(naive, simple))].map(
        (problem) => `one transaction per order: ${problem}`,
      ),
      ...run.problems,
      ...(await missing(karcis, run)),
      ...(await verify(karcis)),
    ]
    yield outcome(scenario, level, { run, bare, simple, problems })
  }
}

type Level = { run: Run; bare: Run; simple: Run; problems: string[] }

function outcome(scenario: string, level: number, { run, bare, simple, problems }: Level): Outcome {
  const figures: Figures = {
    ...figuresOf(run),
    ...besideNull(run.perSecond, bare),
    naivePerSecond: simple.perSecond,
    timesNaive: round(run.perSecond / simple.perSecond, 1),
    naiveP99Ms: simple.p99Ms,
  }
  const targets = [
    atLeast('of the null server', figures['ofNull']!, level >= 1000 ? 0.5 : 0.4),
    ...(level >= 1000
      ? [
          atLeast('times one transaction per order', figures['timesNaive']!, 10),
          atMost('p99 ms', run.p99Ms, 150),
          atMost('MB of the largest process', run.peakMb, 250),
        ]
      : []),
  ]
  return {
    scenario,
    level: `${level.toLocaleString('en')} connections`,
    unit: 'orders',
    figures,
    targets: scenario === 'contested-orders' ? targets : [],
    problems,
  }
}

async function firstPaymentMethod(server: Server): Promise<PaymentChoice | undefined> {
  type Methods = { methods: { gateway: string; method: string }[] }
  const { methods } = await call<Methods>(server, 'GET /v1/payment-methods')
  const [first] = methods
  return first && { gateway: first.gateway, method: first.method }
}

export const contestedOrders: Scenario = {
  about: 'one concert, every order holds tickets',
  run: (bench) => contested('contested-orders', false, bench),
}
export const contestedPayments: Scenario = {
  about: 'the same, and every order asks for payment at once',
  run: (bench) => contested('contested-payments', true, bench),
}
