import assert from 'node:assert'
import { test } from 'node:test'
import { pino } from 'pino'
import { createHttpServer } from './http-server.ts'
import { fieldsMax, isModest, nestingMax } from './json-limits.ts'

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const fields = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, 0]))

test('a body may be nested so deeply and have so many fields, and no more', () => {
  assert.ok(isModest(JSON.parse(nested(nestingMax))))
  assert.ok(!isModest(JSON.parse(nested(nestingMax + 1))))
  assert.ok(isModest([fields(fieldsMax - 1), fields(1)]))
  assert.ok(!isModest([fields(fieldsMax), fields(1)]))
  assert.ok(isModest(Array(60_000).fill('A1')), 'long lists are a matter of bytes')
})

test('a hundred thousand nested arrays are refused at once', async () => {
  const http = await createHttpServer({
    logger: pino({ level: 'silent' }),
    authenticate: async () => undefined,
    version: 'test',
  })
  http.post('/', { bodyLimit: 1_000_000 }, () => ({}))
  const post = (payload: string) =>
    http.inject({
      method: 'POST',
      url: '/',
      headers: { 'content-type': 'application/json' },
      payload,
    })
  assert.equal((await post(nested(nestingMax))).statusCode, 200)
  const startedAt = performance.now()
  for (const payload of [nested(100_000), `{"a":${nested(100_000)}}`, '[{"a":'.repeat(100_000)]) {
    const { statusCode, body } = await post(payload)
    assert.equal(statusCode, 400, body)
    assert.equal(JSON.parse(body).code, 'malformed-body')
  }
  assert(performance.now() - startedAt < 2_000)
  await http.close()
})
