import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import assert from 'node:assert'
import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { before, test } from 'node:test'
import { documentCheck, type ApiDocument } from '../support/api-document.ts'
import { apiDocument } from '../support/composition.ts'
import { root } from './generated-pages.ts'

let document: ApiDocument
before(async () => {
  document = await apiDocument()
})

async function faultsOf(spec: Record<string, unknown>): Promise<unknown> {
  const { valid, errors } = await new Validator().validate(structuredClone(spec))
  return valid ? [] : errors
}

test('the document is OpenAPI 3.1', async () => {
  assert.deepEqual(await faultsOf(document), [])
  const { responses, ...lacking } = document.paths['/v1/orders']?.['post'] ?? {}
  const spoilt = { ...document, paths: { '/v1/orders': { post: { ...lacking, responses: 1 } } } }
  assert.notDeepEqual(await faultsOf(spoilt), [], 'one that is not would be seen')
  assert(responses)
})

type Example = { where: string; schema: object; example: unknown }

/** Every example in the document beside the schema it is of. */
function examplesIn(value: unknown, where = ''): Example[] {
  if (typeof value !== 'object' || value === null) return []
  const { schema, example, examples = {} } = value as Record<string, never>
  const told = [
    ...(example === undefined ? [] : [example]),
    ...Object.values(examples as object).map((one: { value?: unknown }) => one.value ?? one),
  ]
  const here = schema ? told.map((one) => ({ where, schema: schema as object, example: one })) : []
  return [
    ...here,
    ...Object.entries(value).flatMap(([key, inner]) => examplesIn(inner, `${where}/${key}`)),
  ]
}

const unfit = (examples: Example[]): string[] => {
  const ajv = new Ajv2020({ strict: false })
  formats.default(ajv)
  return examples
    .filter(({ schema, example }) => !ajv.validate(schema, example))
    .map((one) => one.where)
}

test('the main operations have examples, and each is what its schema lets in', () => {
  const examples = examplesIn(document.paths)
  const where = examples.map((one) => one.where).join('\n')
  for (const operation of ['auth/register', 'auth/login', 'orders', 'events', 'check-ins']) {
    assert.match(where, new RegExp(`/v1/${operation}/post/requestBody`))
  }
  assert.deepEqual(unfit(examples), [])
  const wrong = { where: 'here', schema: { type: 'string' }, example: 1 }
  assert.deepEqual(unfit([wrong]), ['here'], 'one that does not fit would be seen')
})

/** Tables of problems by which a file refuses, and of which no route of it says so. */
function undeclared(code: string): string[] {
  const used = [...code.matchAll(/\brefuse\(\s*[^,]+?(?:\([^)]*\))?,\s*(\w+),/g)].map(
    ([, name = '']) => name,
  )
  const declared = new Set([...code.matchAll(/\bproblems: (\w+)/g)].map(([, name]) => name))
  return [...new Set(used)].filter((name) => name !== 'platformProblems' && !declared.has(name))
}

test('what a handler refuses with is what its route declares', async () => {
  const missing: string[] = []
  let seen = 0
  const files =
    'src/modules/{admission,booking,catalog,identity,integration,payment}/adapters/**/*.ts'
  for await (const file of glob(files, { cwd: root })) {
    const code = await readFile(path.join(root, file), 'utf8')
    if (!code.includes('operationId')) continue
    seen++
    missing.push(...undeclared(code).map((name) => `${file}: ${name}`))
  }
  assert(seen > 12, 'few files with routes were seen')
  assert.deepEqual(missing, [])
})

test('a table that no route declares would be seen', () => {
  const code = 'config: { problems: sold },\nrefuse(reply, sold, a)\nrefuse(say(reply, e), over, b)'
  assert.deepEqual(undeclared(code), ['over'])
})

test('an answer that is not as documented would be seen', () => {
  const check = documentCheck(document)
  const request = { method: 'GET', target: '/v1/check-in-keys?a=b' }
  const answer = (status: number, body: object, type = 'application/json; charset=utf-8') => ({
    status,
    headers: { 'content-type': type },
    body: JSON.stringify(body),
  })
  const problem = {
    type: '/errors#not-found',
    title: 'x',
    status: 404,
    code: 'not-found',
    requestId: 'a',
  }
  const json = 'application/problem+json'
  assert.equal(check(request, answer(200, { keys: [] })), undefined)
  assert.equal(check(request, answer(404, problem, json)), undefined)
  assert.match(String(check(request, answer(418, problem, json))), /418 is not documented/)
  assert.match(String(check(request, answer(200, { keys: [], more: 1 }))), /additional properties/)
  assert.match(String(check(request, answer(200, {}))), /required/)
  assert.match(String(check(request, answer(200, {}, 'text/csv'))), /text\/csv is not documented/)
  assert.match(String(check(request, answer(404, { ...problem, more: 1 }, json))), /unevaluated/)
  assert.match(
    String(check(request, answer(404, { ...problem, code: 'x' }, json))),
    /allowed values/,
  )
  const nowhere = { method: 'GET', target: '/v1/nowhere' }
  assert.match(String(check(nowhere, answer(404, {}))), /not documented/)
})
