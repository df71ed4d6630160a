import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { sandboxModule, type SandboxModuleOptions } from '../../src/modules/sandbox/index.ts'
import { createHttpServer } from '../../src/platform/http-server.ts'
import { createTestDatabase } from './database.ts'

export const secretKey = 'xnd_development_test'
export const callbackToken = 'the-callback-token'
export const serverKey = 'SB-Mid-server-test'

type Json = Record<string, unknown>
export type Received = { path: string; headers: IncomingHttpHeaders; body: Json }
/** How the shop answers a webhook: a status, a redirect to elsewhere, or not at all. */
type Reply = number | { status: number; location: string } | 'silence'

/**
 * The sandbox on a real port, and a shop that notes what arrives. A gateway loses its patience with
 * a silent shop after a fifth of a second.
 */
export async function openSandboxWorld(changed: Partial<SandboxModuleOptions> = {}) {
  const database = await createTestDatabase()
  const { pool } = database
  const shop = await openShop()
  const server = await createHttpServer({
    logger: pino({ level: 'silent' }),
    version: 'test',
    authenticate: async () => undefined,
  })
  // The port is known only once the server listens, and the pages must know it.
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const sandbox = sandboxModule({
    pool,
    clock: () => new Date(),
    secretKey,
    callbackToken,
    serverKey,
    publicUrl: url,
    webhookUrls: { xendit: `${shop.url}/xendit`, midtrans: `${shop.url}/midtrans` },
    merchantName: 'Karcis',
    control: 'loopback',
    answerMillisMax: { xendit: 200, midtrans: 200 },
    ...changed,
  })
  sandbox.routes(server)
  await server.listen({ port, host: '127.0.0.1' })

  const midtransKey = changed.serverKey ?? serverKey
  const call = async (
    path: string,
    { key, ...init }: RequestInit & { key?: string },
    body?: unknown,
  ) => {
    const response = await fetch(`${url}/sandbox${path}`, {
      ...init,
      method: init.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(key !== undefined && { authorization: `Basic ${btoa(`${key}:`)}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(init.headers as Record<string, string>),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: (isJson ? JSON.parse(text) : {}) as Json,
    }
  }
  const xenditHeaders = { 'api-version': '2024-11-11' }

  return {
    url,
    pool,
    shop,
    xendit: (path: string, body?: unknown, headers: Record<string, string> = {}) =>
      call(`/xendit${path}`, { key: secretKey, headers: { ...xenditHeaders, ...headers } }, body),
    midtrans: (path: string, body?: unknown, headers: Record<string, string> = {}) =>
      call(`/midtrans${path}`, { key: midtransKey, headers }, body),
    control: (path: string, body?: unknown, init: RequestInit = {}) =>
      call(`/control${path}`, init, body),
    page: (path: string, init: RequestInit = {}) => call(path, init),

    /** Presses a button of a page, and shows the page that follows. */
    async press(path: string, fields: Record<string, string> = {}) {
      const body = new URLSearchParams(fields)
      const response = await fetch(`${url}/sandbox${path}`, { method: 'POST', body })
      return { url: response.url, status: response.status, text: await response.text() }
    },

    /** Lets the gateways do what is due. */
    async work() {
      for (const task of sandbox.tasks) await task.run(new AbortController().signal)
    },

    async [Symbol.asyncDispose]() {
      await server.close()
      await shop.close()
      await database[Symbol.asyncDispose]()
    },
  }
}

export type SandboxWorld = Awaited<ReturnType<typeof openSandboxWorld>>

async function openShop() {
  const received: Received[] = []
  let answer: (request: Received) => Reply = () => 200
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const path = request.url ?? ''
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Json
    const seen = { path, headers: request.headers, body }
    received.push(seen)
    reply(response, answer(seen))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,

    answers(how: (request: Received) => Reply) {
      answer = how
    },
    /** What arrived since it was last asked. */
    received: () => received.splice(0),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function reply(response: ServerResponse, how: Reply): void {
  if (how === 'silence') return
  if (typeof how === 'number') return void response.writeHead(how).end()
  response.writeHead(how.status, { location: how.location }).end()
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise<void>((resolve) => probe.close(() => resolve()))
  return port
}
