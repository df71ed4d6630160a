import assert from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { afterAttempt, withAttempt, type Attempt, type Outcome } from './delivery.ts'

const now = new Date('2026-11-20T10:00:00Z')
const answered = (status: number): Outcome => ({ status, response: '', millis: 5 })

test('a delivery is tried ten times in a little over three days', () => {
  const pauses = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
  const even = 0.5
  const seen = pauses.map((_, i) => afterAttempt(i + 1, answered(500), now, even))
  assert.deepEqual(
    seen.map(({ status, dueAt }) => [status, (dueAt.getTime() - now.getTime()) / 1000]),
    pauses.map((seconds) => ['pending', seconds]),
  )
  const days = pauses.reduce((sum, seconds) => sum + seconds, 0) / 86_400
  assert.ok(days > 3 && days < 3.5, `${days} days`)
  assert.equal(afterAttempt(10, answered(500), now, even).status, 'failed')
})

test('a pause is spread by a fifth to either side', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (n, chance) => {
        const millis = (c: number) =>
          afterAttempt(n, answered(503), now, c).dueAt.getTime() - now.getTime()
        const [low, spread, high] = [millis(0), millis(chance), millis(1)]
        assert.ok(low <= spread && spread <= high)
        assert.equal(Math.round((high / low) * 100), 150)
      },
    ),
  )
})

test('every 2xx is success, 410 is the end, all else is tried again', () => {
  const becomes = (outcome: Outcome) => afterAttempt(1, outcome, now, 0).status
  assert.deepEqual(
    [200, 201, 204, 299].map((s) => becomes(answered(s))),
    Array(4).fill('delivered'),
  )
  assert.equal(becomes(answered(410)), 'failed')
  const again = [101, 300, 302, 400, 404, 429, 500].map(answered)
  const failures = (['timeout', 'address-not-allowed', 'no-connection'] as const).map(
    (error): Outcome => ({ error, millis: 1 }),
  )
  assert.ok([...again, ...failures].every((outcome) => becomes(outcome) === 'pending'))
})

test('the last attempts are kept, the oldest forgotten', () => {
  let history: Attempt[] = []
  for (let status = 500; status < 520; status++)
    history = withAttempt(history, answered(status), now)
  assert.equal(history.length, 12)
  assert.deepEqual(history.at(-1), { at: now.toISOString(), status: 519, error: null, millis: 5 })
  assert.equal(history[0]?.status, 508)
})
