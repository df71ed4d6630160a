import type { Http } from './module.ts'

/**
 * What every answer tells browsers: to take it for what it says it is, to run and load nothing in
 * it, to show it in no frame, and to give its address, which may hold an order's secret, to no
 * other site. Pages replace the policy by their own.
 */
export function browserHeaders(publicUrl: string): Record<string, string> {
  return {
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    ...(publicUrl.startsWith('https:') && { 'strict-transport-security': 'max-age=31536000' }),
  }
}

/** The reader of the OpenAPI document: scripts of its own, styles and pictures within the page. */
export const docsPolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; " +
  "base-uri 'self'; frame-ancestors 'none'"

const preflightSeconds = 7_200

/**
 * Lets pages of these origins, and of no other but our own, read answers; cookies mean nothing here
 * and are not let in.
 */
export async function allowOrigins(server: Http, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return
  const { default: cors } = await import('@fastify/cors')
  await server.register(cors, {
    origin: [...origins],
    credentials: false,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      ...['authorization', 'content-type', 'idempotency-key', 'if-none-match', 'prefer'],
      ...['x-api-key', 'x-order-secret', 'x-request-id'],
    ],
    exposedHeaders: ['etag', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id'],
    maxAge: preflightSeconds,
  })
}
