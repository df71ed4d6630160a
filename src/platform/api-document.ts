import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyContextConfig, FastifySchema, RouteOptions } from 'fastify'
import { Type, type TProperties } from 'typebox'
import { docsPolicy } from './browser-guards.ts'
import type { Http } from './module.ts'
import { platformProblems, type Problems } from './problems.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** It answers with an `ETag`, and 304 to who has that already. */
    hasETag?: boolean
  }
}

type Route = { method: string; config: FastifyContextConfig; schema: FastifySchema }

/** As much of OpenAPI as is added to what the schemas of the routes say. */
type Operation = {
  operationId: string
  summary: string
  parameters?: object[]
  requestBody?: { required?: boolean }
  responses: Record<string, Response>
  security?: object[]
}
type Response =
  { $ref: string } | { description: string; headers?: Record<string, object>; content?: object }

/**
 * Describes every route at `/v1/openapi.json` and `/docs`. A route's schemas tell what it takes and
 * what its success looks like; what it refuses with is told by the problems it declares and by what
 * the server refuses for it. Refusals are added to the document alone: no serializer is made of
 * them, so none drops a field of theirs.
 */
export async function describeRoutes(server: Http, version: string): Promise<void> {
  const routes = new Map<string, Route>()
  const shared: Record<string, Response> = {}
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Karcis',
        version,
        description: 'Sells tickets: events, seats, holds, orders, payments, e-tickets, check-in.',
        license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          accessToken: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description:
              'Of POST /v1/auth/login. Where roles are named, the account has one of them.',
          },
          apiKey: {
            type: 'apiKey',
            in: 'header',
            name: 'X-API-Key',
            description: 'Of POST /v1/api-keys. The key needs the scope that is named.',
          },
        },
      },
    },
    transform: ({ schema, url, route }) => {
      if (schema?.operationId) routes.set(schema.operationId, toRoute(route))
      return { schema, url }
    },
    transformObject: (documented) => {
      if (!('openapiObject' in documented)) throw new Error('this is OpenAPI, not Swagger')
      const { openapiObject } = documented
      for (const operation of operationsOf(openapiObject.paths)) {
        const route = routes.get(operation.operationId)
        if (route) complete(operation, route, shared)
      }
      openapiObject.components = {
        ...openapiObject.components,
        headers: sharedHeaders,
        responses: shared,
        schemas: { ...openapiObject.components?.schemas, Problem: problem },
      } as NonNullable<typeof openapiObject.components>
      return openapiObject
    },
  })
  await server.register(swaggerUi, { routePrefix: '/docs', staticCSP: docsPolicy })
}

const toRoute = ({ method, config = {}, schema = {} }: RouteOptions): Route => ({
  method: String(method),
  config: config as FastifyContextConfig,
  schema,
})

const operationsOf = (paths: object = {}): Operation[] =>
  Object.values(paths).flatMap((methods: object) => Object.values(methods) as Operation[])

/** What the framework says of an answer that says nothing of itself. */
const unsaid = 'Default Response'

function complete(operation: Operation, route: Route, shared: Record<string, Response>): void {
  const { config } = route
  operation.security = securityOf(config)
  if (operation.requestBody && mayBeLeftOut(route.schema.body)) {
    operation.requestBody.required = false
  }
  if (config.hasETag) {
    operation.parameters = [...(operation.parameters ?? []), ifNoneMatch]
    operation.responses['304'] = { description: 'Nothing has changed since that `ETag`.' }
  }
  for (const response of Object.values(operation.responses)) {
    if ('$ref' in response) continue
    const more = config.hasETag && { ETag: headerRef('ETag') }
    response.headers = { ...response.headers, ...more, 'X-Request-Id': headerRef('X-Request-Id') }
    if (response.description === unsaid) response.description = operation.summary
  }
  Object.assign(operation.responses, refusalsOf(route, shared))
}

function securityOf({ access = 'public', scope }: FastifyContextConfig): object[] {
  const key = scope === undefined ? [] : [{ apiKey: [scope] }]
  if (access === 'own-credentials') return []
  if (access === 'public') return scope === undefined ? [] : [{}, { accessToken: [] }, ...key]
  if (access === 'signed-in') return [{ accessToken: [] }, ...key]
  return [...access.map((role) => ({ accessToken: [role] })), ...key]
}

/** A request without a body is validated as null. */
const mayBeLeftOut = (body: unknown): boolean =>
  ((body as { anyOf?: { type?: string }[] }).anyOf ?? []).some(({ type }) => type === 'null')

const ifNoneMatch = {
  in: 'header',
  name: 'If-None-Match',
  schema: Type.String(),
  description: 'The `ETag` of the answer that the caller has.',
}

const sharedHeaders = {
  'X-Request-Id': {
    description: 'What the log has the request under: as it was sent, if it was, or a new one.',
    schema: Type.String(),
  },
  ETag: { description: 'The version of the answer.', schema: Type.String() },
  'Retry-After': {
    description: 'In so many seconds it may be tried again.',
    schema: Type.String({ pattern: '^\\d+$' }),
  },
  'RateLimit-Policy': {
    description: 'The limit that was met, as draft-ietf-httpapi-ratelimit-headers-10 has it.',
    schema: Type.String(),
  },
  RateLimit: {
    description: 'What is left of the limit, and the seconds until there is more.',
    schema: Type.String(),
  },
}

const headerRef = (name: keyof typeof sharedHeaders) => ({ $ref: `#/components/headers/${name}` })

const problem = Type.Object(
  {
    type: Type.String({ format: 'uri-reference', description: 'A page about this kind.' }),
    title: Type.String({ description: 'For people; it may change.' }),
    status: Type.Integer(),
    code: Type.String({ description: 'The kind of refusal; its meaning never changes.' }),
    requestId: Type.String({ description: 'What the log has the request under.' }),
  },
  { description: 'A refusal (RFC 9457). What else a kind of refusal tells stands beside these.' },
)

/** Every refusal of a route by status; those that many routes share are referred to. */
function refusalsOf(route: Route, shared: Record<string, Response>): Record<string, Response> {
  const byPlatform = platformRefusals(route)
  const byStatus = Object.groupBy(
    Object.entries({ ...byPlatform, ...route.config.problems }),
    ([, { status }]) => String(status),
  )
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, entries = []]) => {
      const problems = Object.fromEntries(entries)
      const kinds = Object.keys(problems)
      if (kinds.some((kind) => problems[kind] !== byPlatform[kind])) {
        return [status, refusal(problems)]
      }
      const name = kinds.map(pascalCase).join('Or')
      shared[name] ??= refusal(problems)
      return [status, { $ref: `#/components/responses/${name}` }]
    }),
  )
}

const pascalCase = (kind: string) => kind.replace(/(?:^|-)(\w)/g, (_, first) => first.toUpperCase())

/** What the server refuses before a route is asked, or in its place. */
function platformRefusals({ method, config, schema }: Route): Problems {
  const { access = 'public', scope } = config
  const hasInput = schema.params || schema.querystring || schema.headers || schema.body
  const refused: Partial<Record<keyof typeof platformProblems, boolean>> = {
    'invalid-request': hasInput !== undefined,
    'malformed-body': method !== 'GET',
    'malformed-request': true,
    unauthenticated: access !== 'own-credentials',
    forbidden: access === 'public' ? scope !== undefined : access !== 'own-credentials',
    'not-found': true,
    'request-timeout': true,
    'body-too-large': method !== 'GET',
    'unsupported-media-type': method !== 'GET',
    'too-many-requests': true,
    'headers-too-large': true,
    internal: true,
    unavailable: true,
  }
  const all = Object.entries(platformProblems)
  return Object.fromEntries(all.filter(([kind]) => refused[kind as keyof typeof refused]))
}

function refusal(problems: Problems): Response {
  const [[, { status }] = ['', platformProblems.internal]] = Object.entries(problems)
  const properties = {
    status: { const: status },
    code: { enum: Object.keys(problems) },
    ...detailsOf(Object.values(problems).map(({ details = {} }) => details)),
  }
  const needed = Object.values(problems).map(
    ({ details = {} }) => (Type.Object(details) as { required?: string[] }).required ?? [],
  )
  const required = (needed[0] ?? []).filter((name) => needed.every((names) => names.includes(name)))
  const told = { type: 'object', properties, ...(required.length > 0 && { required }) }
  return {
    description: Object.entries(problems)
      .map(([kind, { title }]) => `\`${kind}\`: ${title}`)
      .join('\n\n'),
    headers: {
      'X-Request-Id': headerRef('X-Request-Id'),
      ...((status === 429 || status === 503) && { 'Retry-After': headerRef('Retry-After') }),
      ...(status === 429 && {
        RateLimit: headerRef('RateLimit'),
        'RateLimit-Policy': headerRef('RateLimit-Policy'),
      }),
    },
    content: {
      'application/problem+json': {
        schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, told] },
      },
    },
  }
}

/** The fields of several problems; one that is not the same in all of them is any of theirs. */
function detailsOf(all: TProperties[]): Record<string, object> {
  const fields = new Map<string, Map<string, object>>()
  for (const [name, schema] of all.flatMap((details) => Object.entries(details))) {
    const ways = fields.get(name) ?? new Map<string, object>()
    fields.set(name, ways.set(JSON.stringify(schema), schema))
  }
  return Object.fromEntries(
    [...fields].map(([name, ways]) => {
      const [only, ...others] = [...ways.values()] as [object, ...object[]]
      return [name, others.length === 0 ? only : { anyOf: [only, ...others] }]
    }),
  )
}
