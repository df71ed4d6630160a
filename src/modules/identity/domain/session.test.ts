import assert from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { end, openSession, renew, rotate, type Session } from './session.ts'

const start = new Date('2030-01-01T10:00:00Z')
const at = (seconds: number): Date => new Date(start.getTime() + seconds * 1000)
const lifeSeconds = 100
const opened = openSession({ id: 's', userId: 'u', lasting: false }, start, lifeSeconds)
const refused = { ok: false, error: { kind: 'invalid-refresh-token' } }

function refresh(session: Session | undefined, generation: number, seconds: number) {
  const token = { sessionId: 's', generation }
  const result = rotate(session, token, at(seconds), lifeSeconds)
  return result.ok ? result.value.state : undefined
}

test('a refresh uses its token up and lets the session live on', () => {
  assert.deepEqual(refresh(opened, 1, 99), {
    ...opened,
    generation: 2,
    rotatedAt: at(99),
    expiresAt: at(199),
  })
})

test('a session that was not refreshed in time is over', () => {
  assert.ok(refresh(opened, 1, 99.999))
  assert.deepEqual(rotate(opened, { sessionId: 's', generation: 1 }, at(100), 100), refused)
  assert.deepEqual(rotate(undefined, { sessionId: 's', generation: 1 }, start, 100), refused)
  assert.deepEqual(end(opened, at(100)), refused)
})

test('the twin of a refresh gets the same successor for ten seconds', () => {
  const rotated = refresh(opened, 1, 50)
  assert.equal(refresh(rotated, 1, 59.999), rotated)
  assert.deepEqual(refresh(rotated, 1, 60)?.endedAt, at(60))
})

test('a used token ends the session even at once when its successor was used too', () => {
  const twice = refresh(refresh(opened, 1, 50), 2, 51)
  assert.deepEqual(refresh(twice, 1, 51)?.endedAt, at(51))
})

test('an ended session takes no token and is not ended again', () => {
  const ended = end(opened, at(1))
  assert.ok(ended.ok)
  assert.equal(refresh(ended.value.state, 1, 2), undefined)
  assert.deepEqual(end(ended.value.state, at(2)), refused)
})

test('a used token never yields a successor that was not handed out before', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 9 }), fc.nat(8), fc.nat(99), (newest, older, seconds) => {
      const session = { ...opened, generation: newest }
      const used = Math.max(1, newest - 1 - older)
      const state = refresh(session, used, seconds)
      assert.equal(state?.generation, newest)
      assert.equal(state?.endedAt === null, used === newest - 1 && seconds < 10)
    }),
  )
})

test('the token of a session that lasts is renewed again and again, and never rotated', () => {
  const lasting = { ...opened, lasting: true }
  const renewed = renew(lasting, at(99), lifeSeconds)
  assert.deepEqual(renewed.ok && renewed.value.state, { ...lasting, expiresAt: at(199) })
  assert.deepEqual(rotate(lasting, { sessionId: 's', generation: 1 }, start, 100), refused)
})

test('a session that rotates, has ended or is over cannot be renewed', () => {
  assert.deepEqual(renew(opened, start, lifeSeconds), refused)
  assert.deepEqual(renew({ ...opened, lasting: true }, at(100), lifeSeconds), refused)
  assert.deepEqual(renew({ ...opened, lasting: true, endedAt: start }, start, lifeSeconds), refused)
  assert.deepEqual(renew(undefined, start, lifeSeconds), refused)
})
