import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Received = { headers: Record<string, string>; body: string }
export type WebhookReceiver = Awaited<ReturnType<typeof startReceiver>>

/** A program that is sent webhooks, on loopback. It answers with `status`, or never. */
export async function startReceiver() {
  const received: Received[] = []
  const world = { received, status: 204 as number | 'never', waiting: [] as ServerResponse[] }
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    received.push({ headers: request.headers as Record<string, string>, body })
    if (world.status === 'never') world.waiting.push(response)
    else response.writeHead(world.status).end('noted')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  return Object.assign(world, {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  })
}
