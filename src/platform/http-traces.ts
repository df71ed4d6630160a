import { fromPublicId } from '../kernel/id.ts'
import type { Http } from './module.ts'
import { onBehalfOf } from './request-context.ts'
import type { Span } from './span.ts'
import { openSpan } from './tracing.ts'

declare module 'fastify' {
  interface FastifyRequest {
    span: Span | undefined
  }
}

/** Asked every few seconds by what watches us, which has nothing to do with any order. */
const untold = new Set(['/livez', '/readyz', '/metrics'])

/**
 * A span per request, which continues the trace that its caller names by `traceparent`. It is named
 * by the pattern of the route: addresses hold ids and secrets.
 */
export function traceRequests(server: Http): void {
  // Not a map by request: what is collected with its key costs every collection of garbage.
  server.decorateRequest('span', undefined)
  server.addHook('onRequest', (request, _reply, done) => {
    const { method, headers, routeOptions, params } = request
    const route = routeOptions.url ?? 'none'
    if (untold.has(route)) return onBehalfOf(request.id, done)
    const parent = headers['traceparent']
    const { orderId } = Object(params) as { orderId?: unknown }
    const span = openSpan(`${method} ${route}`, {
      kind: 'server',
      parent: typeof parent === 'string' ? parent : undefined,
      attributes: {
        'http.request.method': method,
        'http.route': route,
        'karcis.request_id': request.id,
        'karcis.order_id': named(orderId),
      },
    })
    request.span = span
    onBehalfOf(request.id, done, span)
  })
  server.addHook('onResponse', (request, { statusCode }, done) => {
    const { span } = request
    span?.set({ 'http.response.status_code': statusCode })
    if (statusCode >= 500) span?.fail({ code: statusCode })
    span?.end()
    done()
  })
}

/** The id of an order in an address; whatever else stands there is not told. */
const named = (orderId: unknown): string | undefined =>
  typeof orderId === 'string' && fromPublicId('order', orderId).ok ? orderId : undefined
