import { setTimeout as sleep } from 'node:timers/promises'
import { newConcert, orderFlows } from '../concert.ts'
import { drive, missingOrders, verify } from '../drive.ts'
import { memoryOfAll } from '../processes.ts'
import { atMost, figuresOf, type Bench, type Outcome, type Scenario } from '../scenario.ts'
import { putOnSale, startProgram } from '../servers.ts'

/** What the program takes when nobody wants anything of it, and how soon it is there again. */
async function* run({ ground, quick, say }: Bench): AsyncGenerator<Outcome> {
  const settings = { DEMO_DATA: 'true' }
  say('starting on a new folder')
  const first = await startProgram(ground, settings)
  const newFolderMs = first.readyMs
  await first.stop()
  const starts: number[] = []
  let karcis = first
  for (let again = 0; again < (quick ? 1 : 3); again++) {
    if (again > 0) await karcis.stop()
    say('starting again on the same folder')
    karcis = await startProgram(ground, settings)
    starts.push(karcis.readyMs)
  }
  const startMs = starts.sort((a, b) => a - b)[Math.floor(starts.length / 2)]!
  await sleep(quick ? 1_000 : 10_000)
  const idleMb = memoryOfAll(karcis.pids())

  const connections = 1_000
  const seconds = quick ? 1 : 10
  const concert = newConcert(seconds)
  await putOnSale(karcis, [concert])
  say(`${connections} connections, ${seconds} s`)
  const flows = orderFlows(concert)
  const running = await drive(ground, karcis, { connections, seconds, flows, good: ['201'] })
  const busyMb = memoryOfAll(karcis.pids())
  yield {
    scenario: 'start-and-memory',
    level: 'demo data, 1,000 connections',
    unit: 'orders',
    figures: { ...figuresOf(running), startMs, newFolderMs, idleMb, busyMb },
    targets: [
      atMost('ms from the start to the first answer', startMs, 2000),
      atMost('MB of the API process at 1,000 connections', running.peakMb, 250),
      atMost('MB of all processes, idle', idleMb, 350),
    ],
    problems: [
      ...running.problems,
      ...(await missingOrders(karcis, [concert.eventId], running.statuses['201'] ?? 0)),
      ...(await verify(karcis)),
    ],
  }
}

export const startAndMemory: Scenario = {
  about: 'start on an existing folder, memory idle and at 1,000 connections',
  run,
}
