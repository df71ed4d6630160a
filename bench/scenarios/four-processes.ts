import { newConcert, orderFlows } from '../concert.ts'
import { drive, driveWarm, missingOrders, verify, type Run } from '../drive.ts'
import { quiet } from '../processes.ts'
import {
  besideNull,
  figuresOf,
  ofNull,
  round,
  type Bench,
  type Outcome,
  type Scenario,
} from '../scenario.ts'
import { putOnSale, startNullServer, startProgram } from '../servers.ts'

/** One event sold by four API processes on one port, beside one process. */
async function* run({ ground, seconds, quick, connections, say }: Bench): AsyncGenerator<Outcome> {
  const level = connections?.[0] ?? (quick ? 64 : 256)
  const concert = newConcert(seconds)
  const load = { connections: level, seconds, flows: orderFlows(concert), good: ['201'] }
  const nothing = await startNullServer(ground, [concert])
  const bare = await driveWarm(ground, nothing, load)
  await nothing.stop()

  async function sell(processes: number): Promise<Run> {
    say(`${processes} API processes`)
    const settings = { API_PROCESSES: String(processes) }
    const karcis = await startProgram(ground, settings, `karcis-${processes}`)
    await putOnSale(karcis, [concert])
    await quiet(say)
    const running = await drive(ground, karcis, load)
    running.problems.push(
      ...(await missingOrders(karcis, [concert.eventId], running.statuses['201'] ?? 0)),
      ...(await verify(karcis)),
    )
    await karcis.stop()
    return running
  }
  const alone = await sell(1)
  const running = await sell(4)
  yield {
    scenario: 'four-processes',
    level: `${level} connections`,
    unit: 'orders',
    figures: {
      ...figuresOf(running),
      ...besideNull(running.perSecond, bare),
      oneProcessPerSecond: alone.perSecond,
      ofOneProcess: round(running.perSecond / alone.perSecond, 2),
    },
    targets: [],
    problems: [...ofNull(bare.problems), ...alone.problems, ...running.problems],
  }
}

export const fourProcesses: Scenario = { about: 'API_PROCESSES=4 on one event, beside 1', run }
