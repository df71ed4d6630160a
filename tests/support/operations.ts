import type { IdKind } from '../../src/kernel/id.ts'
import { ok, send, type Caller } from './shop.ts'

/** As much of JSON Schema as the document uses. */
export type Schema = {
  type?: string
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  items?: Schema
  pattern?: string
  format?: string
  minimum?: number
}
type Parameter = { name: string; in: string; schema: Schema }

/** One operation of `/v1/openapi.json`. */
export type Operation = {
  operationId: string
  method: string
  path: string
  isPublic: boolean
  parameters: Parameter[]
  body: Schema | undefined
}

type Described = {
  operationId: string
  security: object[]
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema }> }
}

/** Every operation that the program says it has. */
export async function operationsOf(nobody: Caller): Promise<Operation[]> {
  type Document = { paths: Record<string, Record<string, Described>> }
  const { paths } = await ok(send<Document>(nobody, 'GET /v1/openapi.json'))
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      operationId: described.operationId,
      method: method.toUpperCase(),
      path,
      isPublic: isForAnyone(described.security),
      parameters: described.parameters ?? [],
      body: described.requestBody?.content['application/json']?.schema,
    })),
  )
}

/** Also a choice of credentials may be none at all. */
const isForAnyone = (security: object[]): boolean =>
  security.length === 0 || security.some((needed) => Object.keys(needed).length === 0)

/** What examples are made of: ids by kind, and texts by the name of their field. */
export type Known = { ids: Partial<Record<IdKind, string>>; texts: Record<string, unknown> }

/** A value that the schema accepts and that means something to the program. */
export function exampleOf(schema: Schema, known: Known, name = ''): unknown {
  if (Object.hasOwn(known.texts, name)) return known.texts[name]
  if ('const' in schema) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.anyOf?.[0]) return exampleOf(schema.anyOf[0], known, name)
  if (schema.properties) {
    const fields = Object.entries(schema.properties)
    return Object.fromEntries(fields.map(([key, field]) => [key, exampleOf(field, known, key)]))
  }
  if (schema.type === 'array') return schema.items ? [exampleOf(schema.items, known, name)] : []
  if (schema.type === 'integer' || schema.type === 'number') return Math.max(1, schema.minimum ?? 1)
  if (schema.type === 'boolean') return true
  const [, kind] = /^\^([a-z]+)-\[0-9a-f\]/.exec(schema.pattern ?? '') ?? []
  if (kind) return known.ids[kind as IdKind]
  return schema.format === 'date-time' ? '2090-01-01T00:00:00Z' : 'Selamat datang'
}

/** The address of an operation with examples in its path. */
export function targetOf({ path, parameters }: Operation, known: Known): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = parameters.find((one) => one.in === 'path' && one.name === name)
    return String(exampleOf(parameter?.schema ?? {}, known, name))
  })
}
