import assert from 'node:assert'
import { ESLint } from 'eslint'
import path from 'node:path'
import { test } from 'node:test'

const root = path.resolve(import.meta.dirname, '../..')
const anywhere = 'src/platform/planted.ts'
const domain = 'src/modules/booking/domain/planted.ts'

/** A violation for every rule of our own, and where it is one. */
const planted: [file: string, code: string][] = [
  [anywhere, `export * from './bus.ts'`],
  [anywhere, `@sealed class Desk {}`],
  [anywhere, `enum Status { Pending }`],
  [anywhere, `console.log('sold')`],
  [anywhere, `export function f(a: 1, b: 2, c: 3, d: 4, e: 5) { return [a, b, c, d, e] }`],
  [anywhere, `export function f() {\n${'f()\n'.repeat(70)}}`],
  [anywhere, `export const f = () => 1\n${'f()\n'.repeat(400)}`],
  [anywhere, `import { Bus } from './bus.ts'\nexport type Buses = Bus[]`],
  [domain, `export const now = new Date()`],
  [domain, `export const now = Date.now()`],
  [domain, `export const random = Math.random()`],
  [domain, `export async function decide() {}`],
  [domain, `export function decide() { throw new Error('sold out') }`],
  [domain, `export class Order {}`],
  ...['fetch', 'process', 'setTimeout', 'setInterval', 'crypto', 'performance'].map(
    (global): [string, string] => [domain, `export const use = ${global}`],
  ),
]

const quoted = (text: string) => /'(\w+)'/.exec(text)?.[1]

/** The name of a rule, and what it was told to forbid where it is told several things. */
function nameOf(rule: string, forbidden: string): string {
  if (rule === 'no-restricted-syntax') return `${rule}: ${forbidden}`
  return rule === 'no-restricted-globals' ? `${rule}: ${quoted(forbidden)}` : rule
}

async function configured(): Promise<string[]> {
  const { default: configuration } = (await import(path.join(root, 'eslint.config.mjs'))) as {
    default: { files?: string[]; rules?: Record<string, unknown> }[]
  }
  const rules = configuration.flatMap(({ files = [], rules = {} }) =>
    String(files).startsWith('src/') ? Object.entries(rules) : [],
  )
  return rules.flatMap(([rule, setting]) => {
    const [, ...forbidden] = [setting].flat() as (string | { message?: string })[]
    if (!rule.startsWith('no-restricted-')) return [rule]
    return forbidden.map((each) =>
      nameOf(rule, typeof each === 'string' ? `'${each}'` : (each.message ?? '')),
    )
  })
}

test('every lint rule of our own catches the violation that is planted for it', async () => {
  const eslint = new ESLint({ cwd: root })
  const caught = new Set<string>()
  for (const [file, code] of planted) {
    const [result] = await eslint.lintText(code, { filePath: path.join(root, file) })
    const messages = result?.messages ?? []
    for (const { ruleId, message } of messages) caught.add(nameOf(ruleId ?? message, message))
  }
  const rules = await configured()
  assert.ok(rules.length > 15, 'the rules were not found')
  assert.deepEqual(
    rules.filter((rule) => !caught.has(rule)),
    [],
  )
})

test('what a domain must not do is allowed in its tests and in adapters', async () => {
  const eslint = new ESLint({ cwd: root })
  for (const file of [domain.replace('.ts', '.test.ts'), anywhere]) {
    const code = `export async function look() { return Date.now() }`
    const [result] = await eslint.lintText(code, { filePath: path.join(root, file) })
    assert.deepEqual(result?.messages, [])
  }
})
