import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

type Value = { stringValue?: string; intValue?: number | string; boolValue?: boolean }
type Attribute = { key: string; value: Value }

/** A span as OTLP has it in JSON. */
type SentSpan = {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: Attribute[]
  links?: { traceId: string; spanId: string }[]
  status: { code?: number; message?: string }
}
type Sent = {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: SentSpan[] }[] }[]
}

export type CollectedSpan = Omit<SentSpan, 'attributes'> & {
  attributes: Record<string, unknown>
  /** The service and the process that sent it. */
  service: unknown
  process: unknown
}

/** Takes traces by OTLP over HTTP in JSON, on loopback; refuses them, or never answers. */
export async function startCollector() {
  const spans: CollectedSpan[] = []
  const world = { spans, mode: 'takes' as 'takes' | 'refuses' | 'hangs' }
  let requests = 0
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const known = request.method === 'POST' && request.url === '/v1/traces'
    if (known) spans.push(...spansOf(JSON.parse(body) as Sent))
    requests += 1
    if (world.mode === 'hangs') return
    const status = !known ? 404 : world.mode === 'takes' ? 200 : 400
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(world, {
    /** Resolves once it was asked so often. */
    async asked(times: number): Promise<void> {
      while (requests < times) await sleep(5)
    },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  })
}

const spansOf = ({ resourceSpans }: Sent): CollectedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const { 'service.name': service, 'service.instance.id': process } = asRecord(
      resource.attributes,
    )
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({ ...span, attributes: asRecord(span.attributes), service, process })),
    )
  })

const asRecord = (attributes: Attribute[]): Record<string, unknown> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.boolValue ?? Number(value.intValue),
    ]),
  )
