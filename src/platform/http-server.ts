import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import fastJson, { type Schema } from 'fast-json-stringify'
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyReply,
  type FastifyRequest,
  type FastifySchemaCompiler,
} from 'fastify'
import { randomBytes } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Principal, Role } from '../kernel/principal.ts'
import { describeRoutes } from './api-document.ts'
import { auditActions } from './audit.ts'
import { allowOrigins } from './browser-guards.ts'
import { measureRequests } from './http-metrics.ts'
import { traceRequests } from './http-traces.ts'
import { fieldsMax, isModest, nestingMax } from './json-limits.ts'
import type { Http } from './module.ts'
import { kindOfStatus, platformProblems, problemOf, refuse, refused } from './problems.ts'
import { isOutage } from './postgres.ts'
import type { Protection } from './protection.ts'
import { limitAccounts, limitAddresses } from './rate-limits.ts'
import { onBehalfOf } from './request-context.ts'
import { isTracing } from './tracing.ts'

/**
 * Who may call a route; routes that say nothing are for everyone. `own-credentials`: the route
 * checks what it is shown itself, because it speaks another API, or because its callers come to get
 * new credentials and may still send old ones.
 */
type Access = 'public' | 'signed-in' | 'own-credentials' | readonly Role[]

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    /** What an API key must be allowed to do to call this route. */
    scope?: string
  }
  interface FastifyInstance {
    /** Aborted when the server is about to close: answers without end must end. */
    closing: AbortSignal
  }
  interface FastifyRequest {
    principal: Principal | undefined
  }
}

/** The paths of another API, which has words of its own for what none of its routes answers. */
export type ForeignPaths = { pattern: RegExp; notFound(reply: FastifyReply): FastifyReply }

export type HttpServerOptions = {
  logger: FastifyBaseLogger
  /** Who the request's credentials belong to; undefined when they are not valid. */
  authenticate(request: FastifyRequest): Promise<Principal | undefined>
  version: string
  /** Left out where nobody can reach the server from outside. */
  protection?: Protection
  foreignPaths?: readonly ForeignPaths[]
}

/** The HTTP server without routes: limits, validation, access, refusals, OpenAPI and its reader. */
export async function createHttpServer(options: HttpServerOptions): Promise<Http> {
  const newRequestId = requestIds()
  const { protection } = options
  const notFound = answerNotFound(options.foreignPaths ?? [])
  const server = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 128 * 1024,
    requestTimeout: 30_000,
    forceCloseConnections: 'idle',
    // It is refused as anything else is, and not in words of the framework's own.
    return503OnClosing: false,
    trustProxy: believed(protection?.trustProxy),
    routerOptions: { maxParamLength: 200 },
    genReqId: newRequestId,
    // An address that cannot be decoded, or has a part longer than any id, leads nowhere.
    frameworkErrors: (_error, request, reply) =>
      notFound(request, reply.header('x-request-id', request.id)),
    clientErrorHandler: answerBadHttp(newRequestId),
    // A logger per request would cost more than the rest of many a request; lines name its id.
    childLoggerFactory: (logger) => logger,
  }).withTypeProvider<TypeBoxTypeProvider>() as Http

  const closing = new AbortController()
  server.decorate('closing', closing.signal)
  server.addHook('preClose', async () => closing.abort())
  measureRequests(server)
  if (isTracing()) traceRequests(server)
  else followRequests(server)
  logRequests(server)
  compileSchemas(server)
  parseJson(server)
  addHeaders(server, protection?.headers ?? {})
  refuseOnClosing(server)
  await allowOrigins(server, protection?.origins ?? [])
  if (protection) limitAddresses(server, protection.limits)
  await describeRoutes(server, options.version)
  checkAccess(server, options.authenticate)
  if (protection) limitAccounts(server, protection.limits)
  if (protection) auditActions(server, protection.recordAction)
  server.setNotFoundHandler(notFound)
  answerErrors(server)
  return server
}

/** Whatever runs for a request knows its id. */
function followRequests(server: Http): void {
  server.addHook('onRequest', (request, _reply, done) => onBehalfOf(request.id, done))
}

/**
 * A line per answered request, at `debug` only: at ten thousand requests a second it would cost as
 * much as the answers and be read by nobody. What is usual is told by the metrics, and a request
 * that fails by the line of its error.
 */
function logRequests(server: Http): void {
  const { log } = server
  if (log.level !== 'debug' && log.level !== 'trace') return
  server.addHook('onResponse', (request, reply, done) => {
    const millis = Math.round(reply.elapsedTime)
    log.debug({ ...toldRequest(request), statusCode: reply.statusCode, millis }, 'request answered')
    done()
  })
}

/** The path goes without its query, which may hold a secret, and not at all where it is no route's. */
const toldRequest = ({ id, method, url, is404 }: FastifyRequest) => ({
  requestId: id,
  method,
  path: is404 ? null : url.split('?')[0],
})

function believed(trustProxy: Protection['trustProxy']) {
  if (typeof trustProxy !== 'number') return trustProxy ?? false
  return (_address: string, hop: number) => hop < trustProxy
}

const saneRequestId = /^[\w.:-]{1,64}$/

/** The caller's `X-Request-Id` when it is sane, otherwise one that is unique among all processes. */
function requestIds() {
  const prefix = randomBytes(6).toString('base64url')
  let count = 0
  return (request: { headers: Record<string, string | string[] | undefined> }): string => {
    const given = request.headers['x-request-id']
    return typeof given === 'string' && saneRequestId.test(given) ? given : `${prefix}-${++count}`
  }
}

/**
 * A body must be exactly what the schema says; text in an address may stand for a number. A schema
 * is compiled by the first request that meets it: of all routes at once it was a quarter of the
 * start, and many are never called.
 */
function compileSchemas(server: Http): void {
  const options = { allErrors: false, strict: false, validateSchema: false } as const
  const strict = new Ajv({ ...options, removeAdditional: false })
  const coercing = new Ajv({ ...options, coerceTypes: 'array' })
  formats.default(strict)
  formats.default(coercing)
  server.setValidatorCompiler(({ schema, httpPart }) => {
    let compiled: ValidateFunction | undefined
    const validate: ReturnType<FastifySchemaCompiler<unknown>> = (value) => {
      compiled ??= (httpPart === 'body' ? strict : coercing).compile(schema as object)
      const isValid = compiled(value)
      validate.errors = compiled.errors ?? null
      return isValid
    }
    return validate
  })
  server.setSerializerCompiler(({ schema }) => {
    let compiled: ((value: unknown) => string) | undefined
    return (value) => (compiled ??= fastJson(schema as Schema))(value)
  })
}

/**
 * PostgreSQL keeps neither the NUL character nor half a surrogate pair, so no text may hold one.
 * Many clients name the type of a body that they do not send: that is no body, not a bad one.
 */
function parseJson(server: Http): void {
  const suspicious = /\\u(?:0000|[dD][89a-fA-F])/
  const parse = server.getDefaultJsonParser('error', 'error')
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body.toString()
    if (text === '') return done(null, undefined)
    parse(request, text, (error, value) => {
      if (error) return done(error)
      if (!isModest(value)) {
        done(unacceptable(`more than ${nestingMax} levels deep, or more than ${fieldsMax} fields`))
      } else if (suspicious.test(text) && !keepable(value)) {
        done(unacceptable('text with characters that cannot be kept'))
      } else done(null, value)
    })
  })
}

const unacceptable = (detail: string) => Object.assign(new Error(detail), { statusCode: 400 })

function keepable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0')
  if (value === null || typeof value !== 'object') return true
  return Object.entries(value).every(([key, inner]) => keepable(key) && keepable(inner))
}

function addHeaders(server: Http, headers: Record<string, string>): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers({ ...headers, 'x-request-id': request.id })
    done()
  })
}

/** What comes by a connection that is still open is for another process, or for later. */
function refuseOnClosing(server: Http): void {
  server.addHook('onRequest', (_request, reply, done) => {
    if (!server.closing.aborted) return done()
    reply.header('retry-after', '2')
    done(refused('unavailable'))
  })
}

type NotFound = (request: FastifyRequest, reply: FastifyReply) => FastifyReply

function answerNotFound(foreignPaths: readonly ForeignPaths[]): NotFound {
  return (request, reply) => {
    const path = request.url.replace(/[?#].*$/, '')
    const foreign = foreignPaths.find(({ pattern }) => pattern.test(path))
    return foreign
      ? foreign.notFound(reply)
      : refuse(reply, platformProblems, { kind: 'not-found' })
  }
}

function checkAccess(server: Http, authenticate: HttpServerOptions['authenticate']): void {
  server.decorateRequest('principal', undefined)
  server.addHook('onRequest', (request, reply, done) => {
    if (request.url.includes('%00')) {
      return done(refused('not-found'))
    }

    const { authorization } = request.headers
    const { access = 'public', forwarded } = request.routeOptions.config
    if (access === 'own-credentials' || forwarded) return done()
    // What there is not, there is not for anybody; whose path it is answers it its own way.
    if (request.is404) return done()
    const credentialed = authorization !== undefined || request.headers['x-api-key'] !== undefined
    if (!credentialed) {
      if (access === 'public') return done()
      return void refuse(reply, platformProblems, { kind: 'unauthenticated' })
    }
    authenticate(request).then((principal) => {
      request.principal = principal
      const kind = refusalOf(principal, access, request.routeOptions.config.scope)
      if (kind) return void refuse(reply, platformProblems, { kind })
      done()
    }, done)
  })
}

function refusalOf(principal: Principal | undefined, access: Access, scope: string | undefined) {
  if (!principal) return 'unauthenticated'
  if (principal.scopes && !mayUse(principal.scopes, access, scope)) return 'forbidden'
  if (typeof access === 'string') return undefined
  return access.some((role) => principal.roles.includes(role)) ? undefined : 'forbidden'
}

/** A key may do what its scopes name, and what anybody may where no scope is asked for. */
const mayUse = (scopes: readonly string[], access: Access, scope: string | undefined): boolean =>
  scope === undefined ? access === 'public' : scopes.includes(scope)

/** The one place where a thrown error becomes an answer; no detail of a defect leaves. */
function answerErrors(server: Http): void {
  server.setErrorHandler((error: FastifyError, request, reply) => {
    if (error.validation) {
      const errors = error.validation.map(({ instancePath, message = '', params }) => ({
        in: error.validationContext ?? 'body',
        path: [instancePath, params['missingProperty'] ?? params['additionalProperty']]
          .filter(Boolean)
          .join('/'),
        message,
      }))
      return refuse(reply, platformProblems, { kind: 'invalid-request', errors })
    }
    const kind = kindOfStatus(error.statusCode ?? 500)
    if (kind) return refuse(reply, platformProblems, { kind })
    if (error.statusCode && error.statusCode >= 400 && error.statusCode < 500) {
      return refuse(reply, platformProblems, {
        kind: 'malformed-body',
        detail: error.message,
      })
    }
    request.log.error({ err: error, ...toldRequest(request) }, 'request failed')
    if (!isOutage(error)) return refuse(reply, platformProblems, { kind: 'internal' })
    reply.header('retry-after', '2')
    return refuse(reply, platformProblems, { kind: 'unavailable' })
  })
}

/** What is no HTTP, or too much of it, never becomes a request, so it is answered on the socket. */
function answerBadHttp(newRequestId: ReturnType<typeof requestIds>) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const kind = httpRefusals[error.code ?? ''] ?? 'malformed-request'
    const requestId = newRequestId({ headers: {} })
    const problem = problemOf(platformProblems, { kind }, requestId)
    const body = JSON.stringify(problem)
    const answer = [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${requestId}`,
      'connection: close',
      '',
      body,
    ].join('\r\n')
    socket.end(answer, () => socket.destroy())
  }
}

const httpRefusals: Record<string, 'headers-too-large' | 'request-timeout'> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
}

/** The signed-in caller of a route whose access is not public. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw new Error(`${request.routeOptions.url} lets in anonymous callers`)
  return request.principal
}
