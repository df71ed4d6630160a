import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { newConcert, orderFlows } from '../concert.ts'
import { drive, missingOrders, verify } from '../drive.ts'
import { figuresOf, round, type Bench, type Outcome, type Scenario } from '../scenario.ts'
import { putOnSale, startProgram } from '../servers.ts'

/** Which traces are kept, by the name of the level. */
const samplings = { 'all traces': '1', 'one trace in a hundred': '0.01' }

/** Contested orders with tracing, beside the same without, each on a program of its own. */
async function* run({ ground, seconds, quick, connections, say }: Bench): AsyncGenerator<Outcome> {
  const level = connections?.[0] ?? (quick ? 64 : 256)
  const load = { connections: level, seconds, good: ['201'] }
  const collector = await startCollector()
  ground.started(collector.stop)

  async function measure(name: string, settings: Record<string, string>) {
    say(name)
    const [rehearsal, concert] = [newConcert(2), newConcert(seconds)]
    const karcis = await startProgram(ground, settings, name.replaceAll(' ', '-'))
    await putOnSale(karcis, [rehearsal, concert])
    await drive(ground, karcis, { ...load, seconds: 2, flows: orderFlows(rehearsal) })
    const bytesBefore = collector.bytes()
    const driven = await drive(ground, karcis, { ...load, flows: orderFlows(concert) })
    const orders = driven.statuses['201'] ?? 0
    const problems = [
      ...driven.problems,
      ...(await missingOrders(karcis, [concert.eventId], orders)),
      ...(await verify(karcis)),
    ]
    await karcis.stop()
    return { driven, problems, sentBytes: collector.bytes() - bytesBefore }
  }

  // First and last, because the machine may become faster or slower meanwhile.
  const first = await measure('no traces', {})
  const traced = []
  for (const [name, ratio] of Object.entries(samplings)) {
    const settings = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: ratio,
    }
    traced.push({ name, ...(await measure(name, settings)) })
  }
  const last = await measure('no traces again', {})

  const bare = [first, last].map(({ driven }) => figuresOf(driven))
  const mean = (figure: string) => bare.reduce((sum, one) => sum + one[figure]!, 0) / bare.length
  for (const { name, driven, problems, sentBytes } of traced) {
    const figures = figuresOf(driven)
    const ofUntraced = (figure: string) => round(figures[figure]! / mean(figure), 2)
    yield {
      scenario: 'traces',
      level: `${level} connections, ${name}`,
      unit: 'orders',
      figures: {
        ...figures,
        untracedPerSecond: Math.round(mean('perSecond')),
        ofUntraced: ofUntraced('perSecond'),
        serverCpuOfUntraced: ofUntraced('serverCpuSecondsPer1000'),
        sentMb: round(sentBytes / 1e6, 1),
      },
      targets: [],
      problems: [
        ...[first, last].flatMap((one) => one.problems.map((problem) => `untraced: ${problem}`)),
        ...problems,
        ...(sentBytes > 0 ? [] : ['no trace was sent']),
      ],
    }
  }
}

/** Takes whatever is sent, and counts it. */
async function startCollector() {
  let bytes = 0
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => (bytes += chunk.length))
    request.on('end', () =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    async stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

export const traces: Scenario = { about: 'contested orders with traces, and without', run }
