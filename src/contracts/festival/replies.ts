import type { FastifyError, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import type { Http } from '../../platform/module.ts'
import { isOutage } from '../../platform/postgres.ts'

/** What every route of this contract is: it checks credentials itself, and is for buyers. */
export const ofFestival = {
  config: { access: 'own-credentials', forBuyers: true },
  schema: { hide: true },
} as const

export const succeed = (reply: FastifyReply, message: string, data: object = {}): FastifyReply =>
  reply.send({ status: 'success', message, data })

export const fail = (reply: FastifyReply, status: number, message: string): FastifyReply =>
  reply.code(status).send({ status: 'fail', message, data: {} })

/** Too busy or not ready: the same request may succeed a little later. */
export const unavailable = (reply: FastifyReply, retryAfterSeconds: number): FastifyReply =>
  reply
    .code(503)
    .header('retry-after', retryAfterSeconds)
    .send({ status: 'error', message: 'server kami sedang sibuk, silakan coba lagi nanti' })

/** How this contract answers what was thrown. No detail of a defect leaves. */
export function answerErrors(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const { statusCode = 500 } = error
  if (statusCode === 404) return fail(reply, 404, 'resource tidak ditemukan')
  if (statusCode === 413) return fail(reply, 413, 'ukuran payload terlalu besar')
  if (statusCode === 415) return fail(reply, 415, 'content-type tidak didukung')
  if (statusCode === 429)
    return fail(reply, 429, 'terlalu banyak permintaan, silakan coba lagi nanti')
  if (statusCode === 503) return unavailable(reply, 2)
  if (statusCode >= 400 && statusCode < 500) return fail(reply, 400, 'payload tidak valid')
  request.log.error({ err: error, requestId: request.id }, 'request failed')
  if (isOutage(error)) return unavailable(reply, 2)
  return reply.code(500).send({ status: 'error', message: 'terjadi kegagalan pada server kami' })
}

const methods: HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** Has the methods that a path does not know refused in this contract's words. */
export function refuseOtherMethods(http: Http, url: string, known: readonly HTTPMethods[]): void {
  http.route({
    ...ofFestival,
    method: methods.filter((method) => !known.includes(method)),
    url,
    handler: (_request, reply) =>
      fail(reply.header('allow', known.join(', ')), 405, 'metode tidak didukung'),
  })
}
