import type { FastifyReply, FastifyRequest } from 'fastify'
import { PassThrough } from 'node:stream'
import { platformProblems, refuse } from './problems.ts'

const heartbeatMillis = 15_000
/** In one process; a caller who is refused asks again and may reach another. */
const streamsMax = 10_000
let streams = 0

/**
 * Answers with a stream of server-sent events, one per value, until the values end, the caller
 * goes away or the server closes; then `signal` is aborted. A comment now and then keeps proxies
 * from closing it.
 */
export function streamChanges<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  changes: (signal: AbortSignal) => AsyncIterable<T>,
): FastifyReply {
  if (streams >= streamsMax) {
    reply.header('retry-after', '5')
    return refuse(reply, platformProblems, { kind: 'unavailable' })
  }
  streams += 1
  const stream = new PassThrough()
  const { closing } = request.server
  const left = new AbortController()
  request.raw.once('close', () => left.abort())
  const ended = AbortSignal.any([left.signal, closing])
  const heartbeat = setInterval(() => stream.write(':\n\n'), heartbeatMillis)

  const write = async () => {
    for await (const value of changes(ended)) {
      stream.write(`data: ${JSON.stringify(value)}\n\n`)
    }
  }
  write()
    .catch((err: unknown) => request.log.error({ err, requestId: request.id }, 'stream failed'))
    .finally(() => {
      streams -= 1
      clearInterval(heartbeat)
      stream.end()
    })
  return reply
    .type('text/event-stream')
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no')
    .send(stream)
}
