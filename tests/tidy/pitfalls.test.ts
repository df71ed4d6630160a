import assert from 'node:assert'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

const read = (name: string) => readFile(path.resolve(import.meta.dirname, '../..', name), 'utf8')

test('every pitfall of docs/payments.md has its test, in the same order, and no other is tested', async () => {
  const docs = await read('docs/payments.md')
  const tests = await read('tests/faults/gateway-pitfalls.db.test.ts')
  const rows = [...docs.matchAll(/^\| (\d+) +\| (.*?) +\|/gm)].map(([, n, what]) => `${n} ${what}`)
  const titles = [...tests.matchAll(/^test\('(.*?)'/gm)].map(([, title]) => title)
  assert.deepEqual(titles, rows)
  const numbers = rows.map((row) => Number.parseInt(row, 10))
  assert.deepEqual(
    numbers,
    Array.from({ length: 22 }, (_, i) => i + 1),
  )
})
