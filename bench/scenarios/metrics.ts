import { setTimeout as sleep } from 'node:timers/promises'
import { newConcert, orderFlows } from '../concert.ts'
import { drive, driveWarm, missingOrders, verify } from '../drive.ts'
import {
  besideNull,
  figuresOf,
  ofNull,
  round,
  type Bench,
  type Outcome,
  type Scenario,
} from '../scenario.ts'
import { putOnSale, startNullServer, startProgram, type Server } from '../servers.ts'
import { bytesOf } from '../shop.ts'

/** Contested orders while `/metrics` is read every second, beside nobody reading it. */
async function* run({ ground, seconds, quick, connections, say }: Bench): AsyncGenerator<Outcome> {
  const level = connections?.[0] ?? (quick ? 64 : 256)
  const concerts = [newConcert(1), newConcert(seconds), newConcert(seconds)] as const
  const [rehearsal, unread, read] = concerts
  say('starting the program and the null server')
  const karcis = await startProgram(ground)
  await putOnSale(karcis, [...concerts])
  const nothing = await startNullServer(ground, [...concerts])
  const load = { connections: level, seconds, good: ['201'] }
  const bare = await driveWarm(ground, nothing, { ...load, flows: orderFlows(unread) })
  say('karcis unread, then read')
  await drive(ground, karcis, { ...load, seconds: 1, flows: orderFlows(rehearsal) })
  const alone = await drive(ground, karcis, { ...load, flows: orderFlows(unread) })
  const reader = readMetrics(karcis)
  const running = await drive(ground, karcis, { ...load, flows: orderFlows(read) })
  const scrapes = await reader.stop()
  yield {
    scenario: 'metrics',
    level: `${level} connections, /metrics every second`,
    unit: 'orders',
    figures: {
      ...figuresOf(running),
      ...besideNull(running.perSecond, bare),
      unreadPerSecond: alone.perSecond,
      ofUnread: round(running.perSecond / alone.perSecond, 2),
      scrapes,
    },
    targets: [],
    problems: [
      ...ofNull(bare.problems),
      ...alone.problems,
      ...running.problems,
      ...(scrapes > 0 ? [] : ['the metrics were never read']),
      ...(await missingOrders(karcis, [unread.eventId], alone.statuses['201'] ?? 0)),
      ...(await missingOrders(karcis, [read.eventId], running.statuses['201'] ?? 0)),
      ...(await verify(karcis)),
    ],
  }
}

function readMetrics(server: Server) {
  let scrapes = 0
  let isOver = false
  const reading = (async () => {
    while (!isOver) {
      await bytesOf(server, '/metrics')
      scrapes++
      await sleep(1_000)
    }
  })()
  return {
    async stop() {
      isOver = true
      await reading
      return scrapes
    },
  }
}

export const metrics: Scenario = { about: 'contested orders while the metrics are read', run }
