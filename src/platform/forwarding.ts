import replyFrom from '@fastify/reply-from'
import type { Http } from './module.ts'
import { traceHeaders } from './tracing.ts'

/** Longer than any route may take before it begins to answer. */
const headersMillisMax = 35_000
const connectionsMax = 256

/** Lets routes of this server answer with what another process says to the same request. */
export async function prepareForwarding(http: Http): Promise<void> {
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
  scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  // Bodies pass through as they are, also those that the routes brought a parser for.
  scope.addContentTypeParser = () => scope
  scope.addHook('onRoute', (route) => {
    route.config = { ...route.config, access: 'own-credentials' }
    route.validatorCompiler = () => () => true
    for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const) {
      delete route[hook]
    }
    route.handler = (request, reply) =>
      reply.from(`${origin}${request.url}`, {
        rewriteRequestHeaders: ({ ip }, headers) => ({
          ...headers,
          host: headers['host'],
          'x-request-id': request.id,
          ...traceHeaders(),
          'x-forwarded-for': [headers['x-forwarded-for'], ip].filter(Boolean).join(', '),
        }),
        onError: (_reply, { error }) => void reply.send(unreachable(error)),
      })
  })
}

/** The code is the one by which a refused connection is known, so that it counts as an outage. */
const unreachable = (error: Error): Error =>
  Object.assign(new Error(error.message), { code: 'ECONNREFUSED' })
