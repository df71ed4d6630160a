import type { FastifyError, FastifyReply } from 'fastify'
import type { Http } from '../../../platform/module.ts'

/** Refuses as Xendit does. */
export const refuseLikeXendit = (
  reply: FastifyReply,
  status: number,
  [error_code, message, errors]: [code: string, message: string, errors?: string[]],
): FastifyReply => reply.code(status).send({ error_code, message, ...(errors ? { errors } : {}) })

/** What the server itself refuses, a body that is not JSON above all, takes Xendit's form too. */
export function answerErrorsLikeXendit(http: Http): void {
  http.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500
    if (status < 500) {
      const code = error.validation ? 'API_VALIDATION_ERROR' : 'INVALID_JSON_FORMAT'
      return refuseLikeXendit(reply, status, [code, error.message])
    }
    request.log.error({ err: error }, 'sandbox request failed')
    return refuseLikeXendit(reply, 500, ['SERVER_ERROR', 'Something went wrong.'])
  })
}
