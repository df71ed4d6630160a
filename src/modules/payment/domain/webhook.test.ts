import assert from 'node:assert'
import { test } from 'node:test'
import { conclude, webhookStatuses } from './webhook.ts'

const at = new Date('2026-11-20T10:00:00Z')
const pauseSeconds = (attempts: number) => {
  const { retryAt } = conclude('unknown', attempts, at)
  return retryAt && (retryAt.getTime() - at.getTime()) / 1_000
}

test('pauses grow from seconds to six hours, and after twelve attempts a person must look', () => {
  const pauses = [1, 2, 3, 7, 8, 11, 12].map(pauseSeconds)
  assert.deepEqual(pauses, [2, 8, 32, 8_192, 21_600, 21_600, null])
})

test('only what may still turn out well is tried again', () => {
  const again = webhookStatuses.filter((status) => conclude(status, 1, at).retryAt !== null)
  assert.deepEqual(again, ['unknown', 'unconfirmed', 'failed'])
})
