import type {} from '@fastify/reply-from'
import { Transform } from 'node:stream'
import type { Http } from './module.ts'
import { outage } from './postgres.ts'
import { traceHeaders } from './tracing.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Another process answers it, and checks who calls. */
    forwarded?: boolean
  }
}

/** Longer than any route may take before it begins to answer. */
const headersMillisMax = 35_000
const connectionsMax = 256

/**
 * Lets routes of this server answer with what another process says to the same request. Only then
 * is its package loaded, which brings an HTTP client of 110 modules along.
 */
export async function prepareForwarding(http: Http): Promise<void> {
  const { default: replyFrom } = await import('@fastify/reply-from')
  await http.register(replyFrom, {
    // An answer that is a stream of changes may be silent for as long as nothing changes.
    undici: { connections: connectionsMax, headersTimeout: headersMillisMax, bodyTimeout: 0 },
    disableCache: true,
    // Repeating a request is for its sender to decide.
    retryMethods: [],
    disableRequestLogging: true,
  })
}

/**
 * Makes every route that is added to this scope answer with what the process at `origin` says to
 * it. Only the description stays: that process validates, checks access and answers. Throws an
 * outage into the scope's error handler when it cannot be reached.
 */
export function forwardTo(scope: Http, origin: string): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (request, payload, done) => {
    const { bodyLimit } = request.routeOptions
    const length = request.headers['content-length']
    // A service that hangs up on too large a body would look like one that is away.
    if (length === undefined) done(null, payload.pipe(cutOffAfter(bodyLimit)))
    else if (Number(length) > bodyLimit) done(new TooLarge())
    else done(null, payload)
  })
  // Bodies pass through as they are, also those that the routes brought a parser for.
  scope.addContentTypeParser = () => scope
  scope.removeContentTypeParser = () => {}
  scope.removeAllContentTypeParsers = () => {}
  scope.addHook('onRoute', (route) => {
    route.config = { ...route.config, forwarded: true }
    route.validatorCompiler = () => () => true
    for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const) {
      delete route[hook]
    }
    route.handler = (request, reply) =>
      // The query, which may be any text, is added to it as it came.
      reply.from(`${origin}${request.url.split('?')[0]}`, {
        rewriteRequestHeaders: ({ ip }, headers) => ({
          ...headers,
          // We have answered it ourselves.
          expect: undefined,
          host: headers['host'],
          'x-request-id': request.id,
          ...traceHeaders(),
          // Whom we believe to have called, and nothing that a caller claims.
          'x-forwarded-for': ip,
        }),
        onError: (_reply, { error }) =>
          void reply.send(error.cause instanceof TooLarge ? error.cause : outage(error.message)),
      })
  })
}

class TooLarge extends Error {
  statusCode = 413
}

function cutOffAfter(bytesMax: number): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > bytesMax) done(new TooLarge())
      else done(null, chunk)
    },
  })
}
