import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

type Json = Record<string, unknown>
type Content = Record<string, { schema?: Json }>
type Response = { $ref?: string; content?: Content }
type Documented = { operationId: string; responses: Record<string, Response> }
export type ApiDocument = {
  paths: Record<string, Record<string, Documented>>
  components: { responses: Record<string, Response>; schemas: Record<string, Json> }
}
export type Answered = { status: number; headers: Record<string, unknown>; body: string }

/** What an answer has that the document does not tell of; undefined when it is as documented. */
export type DocumentCheck = (
  request: { method: string; target: string },
  answer: Answered,
) => string | undefined

/**
 * Holds answers against the document, more strictly than readers may: an object has no field but
 * those that are described. What no operation is for, pages aside, is refused as anything else is.
 */
export function documentCheck(document: ApiDocument): DocumentCheck {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  formats.default(ajv)
  const { components } = document
  ajv.addSchema({ $id: 'document', components: { schemas: components.schemas } })
  const routes = routesOf(document)
  const compiled = new Map<object, ValidateFunction>()
  const validatorOf = (schema: Json) => {
    const known = compiled.get(schema) ?? ajv.compile(strict(schema))
    compiled.set(schema, known)
    return known
  }
  const anyProblem = { content: problemContent({ $ref: '#/components/schemas/Problem' }) }

  return ({ method, target }, { status, headers, body }) => {
    const path = target.replace(/[?#].*$/, '')
    const route = routes.find((one) => one.answers(method, path))
    if (!route && status < 400) return undefined
    const described = route ? route.responses[String(status)] : anyProblem
    if (!described) return `${status} is not documented: ${body}`
    const { content } = resolved(described, components.responses)
    if (!content || method === 'HEAD') return body === '' ? undefined : `a body: ${body}`
    const [mediaType = ''] = String(headers['content-type']).split(';')
    const schema = content[mediaType]?.schema
    if (!schema) return `${mediaType} is not documented with ${status}`
    if (!/json$/.test(mediaType)) return undefined
    const validate = validatorOf(schema)
    return validate(JSON.parse(body)) ? undefined : `${ajv.errorsText(validate.errors)}: ${body}`
  }
}

const problemContent = (schema: Json): Content => ({ 'application/problem+json': { schema } })

const resolved = (response: Response, shared: Record<string, Response>): Response =>
  response.$ref === undefined ? response : (shared[response.$ref.split('/').at(-1) ?? ''] ?? {})

/** The operations, those with the fewest parameters first, as the router prefers them. */
function routesOf({ paths }: ApiDocument) {
  const parametersIn = (path: string) => path.split('{').length
  return Object.entries(paths)
    .sort(([a], [b]) => parametersIn(a) - parametersIn(b))
    .flatMap(([template, methods]) => {
      const pattern = new RegExp(
        `^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]*')}$`,
      )
      return Object.entries(methods).map(([method, { responses }]) => ({
        responses,
        answers: (asked: string, path: string) =>
          (asked === 'HEAD' ? 'GET' : asked) === method.toUpperCase() && pattern.test(path),
      }))
    })
}

/** The schema with nothing let in beside what it describes. */
function strict(schema: unknown): Json {
  if (Array.isArray(schema)) return schema.map(strict) as unknown as Json
  if (typeof schema !== 'object' || schema === null) return schema as unknown as Json
  const { $ref, allOf, ...rest } = schema as Json
  if (typeof $ref === 'string') return { $ref: `document${$ref}` }
  const inner = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key,
      key === 'properties' ? fieldsOf(value as Json) : strict(value),
    ]),
  )
  if (Array.isArray(allOf)) {
    const parts = allOf.map((part) => ('$ref' in part ? strict(part) : part))
    return { ...inner, allOf: parts, unevaluatedProperties: false }
  }
  const isClosed = 'properties' in rest && !('additionalProperties' in rest)
  return isClosed ? { ...inner, additionalProperties: false } : inner
}

const fieldsOf = (properties: Json): Json =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, strict(schema)]))
