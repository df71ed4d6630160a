import type { FastifyReply, FastifyRequest } from 'fastify'
import { PassThrough } from 'node:stream'

const heartbeatMillis = 15_000

/**
 * Answers with a stream of server-sent events, one per value, until the values end or the caller
 * goes away; then `signal` is aborted. A comment now and then keeps proxies from closing it.
 */
export function streamChanges<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  changes: (signal: AbortSignal) => AsyncIterable<T>,
): FastifyReply {
  const stream = new PassThrough()
  const ended = new AbortController()
  const heartbeat = setInterval(() => stream.write(':\n\n'), heartbeatMillis)
  const end = () => {
    clearInterval(heartbeat)
    ended.abort()
    stream.end()
  }
  request.raw.once('close', end)

  const write = async () => {
    for await (const value of changes(ended.signal)) {
      stream.write(`data: ${JSON.stringify(value)}\n\n`)
    }
  }
  write()
    .catch((error: unknown) =>
      request.log.error({ err: error, requestId: request.id }, 'stream ended'),
    )
    .finally(end)
  return reply
    .type('text/event-stream')
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no')
    .send(stream)
}
