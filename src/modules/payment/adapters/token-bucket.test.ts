import assert from 'node:assert'
import { test } from 'node:test'
import { tokenBucket } from './token-bucket.ts'

async function millisOf(count: number, perSecond: number): Promise<number> {
  const turn = tokenBucket(perSecond)
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: count }, turn))
  return performance.now() - startedAt
}

test('twenty calls at a hundred a second take a fifth of a second', async () => {
  assert.ok((await millisOf(20, 100)) >= 185)
})

test('nothing waits where there is no limit', async () => {
  assert.ok((await millisOf(1_000, Infinity)) < 100)
})
