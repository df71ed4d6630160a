import assert from 'node:assert'
import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { describedRoutes, type Route } from '../support/composition.ts'
import { root } from './generated-pages.ts'

/** What a described operation lacks. */
function lacks(route: Route): string[] {
  const { operationId, summary, tags = [], responses } = route
  const [success, reply] = Object.entries(responses).find(([code]) => code < '300') ?? []
  return [
    ...(/^[a-z][a-zA-Z]+$/.test(operationId ?? '') ? [] : ['an operationId']),
    ...(summary ? [] : ['a summary']),
    ...(tags.length > 0 ? [] : ['tags']),
    ...(success !== '204' && !reply?.content ? ['a schema of its success'] : []),
  ].map((what) => `${route.method} ${route.path} lacks ${what}`)
}

function repeated(names: string[]): string[] {
  return names.filter((name, i) => names.indexOf(name) !== i)
}

test('every route is described in OpenAPI, under a name of its own', async () => {
  const routes = await describedRoutes()
  assert.ok(routes.length > 40, 'few routes were seen')
  assert.deepEqual(routes.flatMap(lacks), [])
  const names = routes.map(({ operationId }) => operationId)
  assert.deepEqual(repeated(names), [])
})

test('a route without a description and a name used twice would be seen', () => {
  const bare = { method: 'get', path: '/v1/events', responses: { 200: {} } } as unknown as Route
  assert.equal(lacks(bare).length, 4)
  const whole = { operationId: 'listEvents', summary: 'Events', tags: ['catalog'] }
  assert.deepEqual(lacks({ ...bare, ...whole, responses: { 200: { content: {} } } }), [])
  assert.deepEqual(repeated(['getEvent', 'getOrder', 'getEvent']), ['getEvent'])
})

/** Use cases that routes go through on the way to another, which has the operation's name. */
const steps = ['advanceOrder', 'decidePayment', 'openOrder', 'processWebhooks', 'receiveWebhook']

const camelCase = (file: string) => file.replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase())
const exportsFunction = (code: string, name: string) =>
  new RegExp(`^export (async )?function ${name}\\b|^export const ${name} =`, 'm').test(code)

/** The use cases that the code of routes calls; types alone are no call. */
const calledBy = (code: string): string[] =>
  [...code.matchAll(/^import \{([^}]*)\} from '[./]+\/use-cases\/([\w-]+)\.ts'/gm)]
    .filter(([, names = '', file = '']) => names.split(/\W+/).includes(camelCase(file)))
    .map(([, , file = '']) => camelCase(file))

test('a use case is named like its file', async () => {
  const misnamed: string[] = []
  let seen = 0
  for await (const file of glob('src/modules/*/use-cases/*.ts', { cwd: root })) {
    if (file.endsWith('.test.ts')) continue
    seen++
    const name = camelCase(path.basename(file, '.ts'))
    if (!exportsFunction(await readFile(path.join(root, file), 'utf8'), name)) misnamed.push(file)
  }
  assert.ok(seen > 40, 'few use cases were seen')
  assert.deepEqual(misnamed, [])
})

test('a route that calls a use case has its name', async () => {
  const names = (await describedRoutes()).map(({ operationId }) => operationId)
  const called: string[] = []
  for await (const file of glob('src/modules/*/adapters/{http,http/*,*-routes}.ts', {
    cwd: root,
  })) {
    called.push(...calledBy(await readFile(path.join(root, file), 'utf8')))
  }
  assert.ok(called.length > 25, 'few calls were seen')
  const nameless = called.filter((name) => !names.includes(name))
  assert.deepEqual([...new Set(nameless)].sort(), steps)
})

test('a use case or a call of another name would be seen', () => {
  assert.ok(exportsFunction('export async function payOrder(', camelCase('pay-order')))
  assert.ok(!exportsFunction('export async function payOrders(', camelCase('pay-order')))
  const imports = `import { payOrder, type PayOrder } from '../../use-cases/pay-order.ts'
import type { PlaceOrder } from '../../use-cases/place-order.ts'`
  assert.deepEqual(calledBy(imports), ['payOrder'])
})
