import assert from 'node:assert'
import { test } from 'node:test'
import { conclude, webhookStatuses } from './webhook.ts'

const at = new Date('2026-11-20T10:00:00Z')
const pauseMinutes = (attempts: number) => {
  const { retryAt } = conclude('unknown', attempts, at)
  return retryAt && (retryAt.getTime() - at.getTime()) / 60_000
}

test('pauses grow up to six hours, and after twelve attempts a person must look', () => {
  assert.deepEqual([1, 2, 3, 9, 10, 11, 12].map(pauseMinutes), [1, 2, 4, 256, 360, 360, null])
})

test('only what may still turn out well is tried again', () => {
  const again = webhookStatuses.filter((status) => conclude(status, 1, at).retryAt !== null)
  assert.deepEqual(again, ['unknown', 'unconfirmed', 'failed'])
})
