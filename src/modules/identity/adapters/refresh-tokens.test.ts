import assert from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { signedRefreshTokens } from './refresh-tokens.ts'

const { format, parse } = signedRefreshTokens([Buffer.alloc(32, 'r')])
const token = { sessionId: '0197a1c2-0000-7000-8000-000000000001', generation: 12 }
const text = format(token)

test('a refresh token names its session and its generation', () => {
  assert.deepEqual(parse(text), token)
})

test('no mutation of a refresh token is one of ours', () => {
  const mutation = fc.tuple(fc.nat(text.length), fc.nat(2), fc.string({ maxLength: 2 }))
  fc.assert(
    fc.property(mutation, ([position, dropped, added]) => {
      const mutated = text.slice(0, position) + added + text.slice(position + dropped)
      fc.pre(mutated !== text)
      assert.equal(parse(mutated), undefined)
    }),
    { numRuns: 2000 },
  )
})

test('another key makes other tokens', () => {
  assert.equal(signedRefreshTokens([Buffer.alloc(32, 'x')]).parse(text), undefined)
})

test('a key is replaced without any session being lost, and then forgotten', () => {
  const [oldKey, newKey] = [Buffer.alloc(32, 'o'), Buffer.alloc(32, 'n')]
  const old = signedRefreshTokens([oldKey]).format(token)
  const both = signedRefreshTokens([newKey, oldKey])
  assert.deepEqual(both.parse(old), token)
  assert.deepEqual(signedRefreshTokens([newKey]).parse(both.format(token)), token)
  assert.equal(signedRefreshTokens([newKey]).parse(old), undefined)
})
