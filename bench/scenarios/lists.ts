import { drive, driveWarm, verify } from '../drive.ts'
import {
  atLeast,
  besideNull,
  figuresOf,
  ofNull,
  type Bench,
  type Outcome,
  type Scenario,
} from '../scenario.ts'
import { startCannedServer, startProgram, type Server } from '../servers.ts'
import { bytesOf } from '../shop.ts'

/** Reads that everybody makes before they buy, each beside a null server with the same bytes. */
async function* run({ ground, seconds, quick, connections, say }: Bench): AsyncGenerator<Outcome> {
  say('starting the program with its demo events')
  const karcis = await startProgram(ground, { DEMO_DATA: 'true' })
  const level = connections?.[0] ?? (quick ? 64 : 256)
  for (const { name, path } of await listsOf(karcis)) {
    const body = await bytesOf(karcis, path)
    const nothing = await startCannedServer(ground, [{ method: 'GET', path, status: 200, body }])
    const load = {
      connections: level,
      seconds,
      flows: [[{ name, method: 'GET' as const, path }]],
      good: ['200'],
    }
    say(`${name}, ${body.length} bytes: warming up, null server, karcis`)
    await drive(ground, nothing, { ...load, seconds: 1 })
    await drive(ground, karcis, { ...load, seconds: 1 })
    const bare = await driveWarm(ground, nothing, load)
    const running = await drive(ground, karcis, load)
    await nothing.stop()
    const beside = besideNull(running.perSecond, bare)
    yield {
      scenario: 'lists',
      level: name,
      unit: 'requests',
      figures: { ...figuresOf(running), ...beside, bytes: body.length },
      targets: [atLeast('of the null server', beside['ofNull']!, 0.85)],
      problems: [...ofNull(bare.problems), ...running.problems, ...(await verify(karcis))],
    }
  }
}

/** What this build serves; the categories come with the concert contract. */
async function listsOf({ port }: Server): Promise<{ name: string; path: string }[]> {
  type Events = {
    events: { id: string; ticketTypes: { id: string; seatsPerRow: number | null }[] }[]
  }
  const { events } = (await (await fetch(`http://127.0.0.1:${port}/v1/events`)).json()) as Events
  const seated = events.flatMap((event) =>
    event.ticketTypes
      .filter(({ seatsPerRow }) => seatsPerRow !== null)
      .map((type) => `/v1/events/${event.id}/ticket-types/${type.id}/seats`),
  )
  const lists = [
    { name: 'events', path: '/v1/events' },
    { name: 'availability', path: `/v1/events/${events[0]?.id}/availability` },
    { name: 'categories', path: '/categories' },
    ...(seated[0] ? [{ name: 'seats', path: seated[0] }] : []),
  ]
  const served = await Promise.all(
    lists.map(async (list) => (await fetch(`http://127.0.0.1:${port}${list.path}`)).ok),
  )
  return lists.filter((_, i) => served[i])
}

export const lists: Scenario = {
  about: 'the list of events, of categories, what is left and the seats, beside the same bytes',
  run,
}
