import assert from 'node:assert'
import { test } from 'node:test'
import { afterAttempt, type Outcome } from './delivery-schedule.ts'
import type { GatewayName } from './payment.ts'

const start = new Date('2026-11-20T10:00:00Z')

/** After how many minutes each attempt is made while the shop answers like this. */
function attempts(gateway: GatewayName, outcome: Outcome) {
  const minutes = [0]
  for (let at = start; ;) {
    const next = afterAttempt(gateway, minutes.length, outcome, at)
    if (next.status !== 'pending') return { minutes, ends: next.status }
    at = next.dueAt
    minutes.push((at.getTime() - start.getTime()) / 60_000)
  }
}

test('any 2xx ends a delivery', () => {
  for (const status of [200, 204, 299]) {
    assert.deepEqual(attempts('xendit', status), { minutes: [0], ends: 'delivered' })
    assert.deepEqual(attempts('midtrans', status), { minutes: [0], ends: 'delivered' })
  }
})

test('Xendit tries again for a day, but never after no answer', () => {
  const minutes = [0, 15, 60, 180, 360, 720, 1_440]
  for (const outcome of [302, 400, 500, 'no-connection'] as const) {
    assert.deepEqual(attempts('xendit', outcome), { minutes, ends: 'given-up' })
  }
  assert.deepEqual(attempts('xendit', 'timeout'), { minutes: [0], ends: 'timeout' })
})

test('how often Midtrans tries again depends on the answer', () => {
  const all = [0, 2, 12, 42, 132, 342]
  const attemptsAfter: [Outcome, number][] = [
    [301, 1],
    [302, 1],
    [303, 1],
    [500, 2],
    [400, 3],
    [404, 3],
    [503, 5],
    [429, 6],
    ['timeout', 6],
    ['no-connection', 6],
  ]
  for (const [outcome, count] of attemptsAfter) {
    const expected = { minutes: all.slice(0, count), ends: 'given-up' }
    assert.deepEqual(attempts('midtrans', outcome), expected, String(outcome))
  }
})

test('the last answer decides, not the first', () => {
  assert.equal(afterAttempt('midtrans', 1, 503, start).status, 'pending')
  assert.equal(afterAttempt('midtrans', 2, 500, start).status, 'given-up')
})
