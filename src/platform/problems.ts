import type { FastifyReply } from 'fastify'
import { Type, type Static, type TObject, type TProperties } from 'typebox'

/** One kind of refusal: its HTTP status, what it means, and whether the same request may succeed later. */
export type Problem = {
  status: number
  title: string
  retry: boolean
  /** What else the refusal tells, by the names of its fields. */
  details?: TProperties
}

/** The refusals of a module by kind. Leaving out a kind that a use case declares does not compile. */
export type Problems<Kind extends string = string> = Record<Kind, Problem>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the handler may refuse with; the server knows for itself what it refuses before. */
    problems?: Problems
  }
}

type DetailsOf<P extends Problem> = P extends { details: infer Details extends TProperties }
  ? Details
  : object
type Told<Details> = Details extends TProperties
  ? { [Field in keyof Static<TObject<Details>>]: Readonly<Static<TObject<Details>>[Field]> }
  : object

/** An error that one of these problems is the answer to. */
type RefusalOf<P extends Problems> = {
  [Kind in keyof P & string]: { kind: Kind } & Told<DetailsOf<P[Kind]>>
}[keyof P & string]

/** What an error carries and no problem of its kind tells of. */
type Untold<P extends Problems, E> = E extends { kind: infer Kind extends keyof P }
  ? Exclude<keyof E, 'kind' | keyof DetailsOf<P[Kind]>>
  : never
type Exactly<P extends Problems, E> = [Untold<P, E>] extends [never] ? unknown : never

/** Some problems of a table: what one route can refuse with, and so what it is documented with. */
export function only<P extends Problems, Kind extends keyof P & string>(
  problems: P,
  ...kinds: Kind[]
): Pick<P, Kind> {
  return Object.fromEntries(kinds.map((kind) => [kind, problems[kind]])) as Pick<P, Kind>
}

/** Thrown to refuse a request before its route is reached, so that the route's own API answers it its own way. */
export const refused = (kind: keyof typeof platformProblems): Error => {
  const { title, status: statusCode } = platformProblems[kind]
  return Object.assign(new Error(title), { statusCode })
}

/** What an error that says no more than its status is a refusal of; undefined: of nothing. */
export function kindOfStatus(status: number) {
  if (status === 404) return 'not-found'
  if (status === 413) return 'body-too-large'
  if (status === 415) return 'unsupported-media-type'
  if (status === 429) return 'too-many-requests'
  if (status === 503) return 'unavailable'
  return undefined
}

/** The refusals any route can answer. */
export const platformProblems = {
  'invalid-request': {
    status: 400,
    title: 'The request does not fit the schema of this operation.',
    retry: false,
    details: {
      errors: Type.Optional(
        Type.Array(
          Type.Object({
            in: Type.Enum(['body', 'querystring', 'params', 'headers']),
            path: Type.String({ description: 'Where in it, as a JSON pointer.' }),
            message: Type.String(),
          }),
        ),
      ),
    },
  },
  'malformed-body': {
    status: 400,
    title: 'The body is not what its content type says.',
    retry: false,
    details: { detail: Type.String() },
  },
  'malformed-request': {
    status: 400,
    title: 'This is not HTTP as this server reads it.',
    retry: false,
  },
  unauthenticated: {
    status: 401,
    title: 'A valid access token or API key is needed.',
    retry: false,
  },
  forbidden: { status: 403, title: 'This account may not do this.', retry: false },
  'not-found': { status: 404, title: 'There is nothing here under this address.', retry: false },
  'request-timeout': { status: 408, title: 'The request did not arrive in time.', retry: true },
  'body-too-large': {
    status: 413,
    title: 'The body is larger than this operation takes.',
    retry: false,
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Send JSON, with the content type application/json.',
    retry: false,
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'This Idempotency-Key was used for another request.',
    retry: false,
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests; wait as long as Retry-After says.',
    retry: true,
  },
  'headers-too-large': {
    status: 431,
    title: 'Address and headers are larger than this server takes.',
    retry: false,
  },
  internal: {
    status: 500,
    title: 'Something went wrong here. It was logged under the request id.',
    retry: true,
  },
  unavailable: {
    status: 503,
    title: 'Too busy or not ready; wait as long as Retry-After says.',
    retry: true,
  },
} satisfies Problems

/** A refusal as RFC 9457 has it: a stable `code`, the request id, and what else the error carries. */
export function problemOf<Kind extends string>(
  problems: Problems<Kind>,
  error: { kind: Kind },
  requestId: string,
) {
  const { kind, ...details } = error
  const { status, title } = problems[kind]
  // What an error carries never takes the place of what the standard names.
  return { ...details, type: `/errors#${kind}`, title, status, code: kind, requestId }
}

/**
 * Answers a refusal as `application/problem+json`. An error of a kind that is not among the problems
 * does not compile, nor one that carries what they do not tell of.
 */
export function refuse<P extends Problems, E extends RefusalOf<P>>(
  reply: FastifyReply,
  problems: P,
  error: E & Exactly<P, E>,
): FastifyReply {
  const problem = problemOf(problems, error, reply.request.id)
  return reply.code(problem.status).type('application/problem+json').send(problem)
}
