import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A status and a body, a body alone (200), or no answer at all. */
type Answer =
  readonly [status: number, body: unknown, headers?: Record<string, string>] | object | 'hang up'
type Sequence = { sequence: readonly Answer[] }
type Answers = Record<string, Answer | Sequence>

const isSequence = (answer: Answer | Sequence): answer is Sequence =>
  typeof answer === 'object' && 'sequence' in answer

/** A server that speaks given bytes: by method and path, what it answers. Anything else is 404. */
export async function wireServer(answers: Answers) {
  const calls: { call: string; body: string; headers: IncomingHttpHeaders }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const call = `${request.method} ${request.url?.split('?')[0]}`
    const body = Buffer.concat(chunks).toString()
    const before = calls.filter((one) => one.call === call).length
    calls.push({ call, body, headers: request.headers })
    const found = answers[call] ?? [404, {}]
    const answer = isSequence(found)
      ? found.sequence[Math.min(before, found.sequence.length - 1)]
      : found
    if (answer === 'hang up') return void request.socket.destroy()
    const [status, content, headers] = (Array.isArray(answer) ? answer : [200, answer]) as [
      number,
      unknown,
      Record<string, string>?,
    ]
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof content === 'string' ? content : JSON.stringify(content))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
