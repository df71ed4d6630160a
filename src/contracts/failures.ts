import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Http } from '../platform/module.ts'
import { isOutage } from '../platform/postgres.ts'
import { kindOfStatus, platformProblems } from '../platform/problems.ts'

/** Why a request never got an answer from its route. */
export type Failure = {
  status: number
  kind: keyof typeof platformProblems
  /** For the caller; tells nothing of a defect. */
  message: string
}

/** Has failures answered in the words of a foreign API, which `body` makes. */
export function answerFailures(
  http: Http,
  body: (failure: Failure, request: FastifyRequest) => object,
): void {
  http.setErrorHandler((error: FastifyError, request, reply) => {
    const failure = failureOf(error)
    if (failure.status === 500) {
      request.log.error({ err: error, requestId: request.id }, 'request failed')
    }
    if (failure.status === 503) reply.header('retry-after', '2')
    return reply.code(failure.status).send(body(failure, request))
  })
}

function failureOf(error: FastifyError): Failure {
  const { statusCode = 500 } = error
  if (error.validation) return failure('invalid-request', error.message)
  const kind = kindOfStatus(statusCode)
  if (kind) return failure(kind)
  if (statusCode >= 400 && statusCode < 500) return failure('malformed-body')
  return failure(isOutage(error) ? 'unavailable' : 'internal')
}

const failure = (kind: Failure['kind'], message?: string): Failure => ({
  status: platformProblems[kind].status,
  kind,
  message: message ?? platformProblems[kind].title,
})

/** Takes bodies as the bytes they are, whatever their content type claims. */
export function takeBytes(http: Http): void {
  http.removeAllContentTypeParsers()
  http.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}

export const bytesOf = ({ body }: FastifyRequest): Buffer =>
  Buffer.isBuffer(body) ? body : Buffer.alloc(0)

/** Asks a caller who met an overload to come back in a second. */
export const comeBack = (reply: FastifyReply): FastifyReply => reply.header('retry-after', '1')
