import assert from 'node:assert'
import { test } from 'node:test'
import { afterAttempt } from './delivery.ts'

const at = new Date('2026-11-20T10:00:00Z')

test('any 2xx ends the delivery', () => {
  for (const status of [200, 204, 299]) {
    assert.equal(afterAttempt(1, status, at).status, 'delivered')
  }
})

test('anything else is retried six times over a day, then given up', () => {
  let now = at
  const hours: number[] = []
  for (let attempts = 1; attempts <= 6; attempts++) {
    const next = afterAttempt(attempts, attempts % 2 ? 500 : 'no-connection', now)
    assert.equal(next.status, 'pending')
    now = next.dueAt
    hours.push((now.getTime() - at.getTime()) / 3_600_000)
  }
  assert.deepEqual(hours, [0.25, 1, 3, 6, 12, 24])
  assert.equal(afterAttempt(7, 500, now).status, 'given-up')
})

test('a redirect is a failure, and no answer in time is not retried', () => {
  assert.equal(afterAttempt(1, 302, at).status, 'pending')
  assert.equal(afterAttempt(1, 'timeout', at).status, 'timeout')
})
