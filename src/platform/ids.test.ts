import assert from 'node:assert'
import { test } from 'node:test'
import { derivedId } from './ids.ts'

test('a derived id is the same for the same parts, and a UUID of version 8', () => {
  assert.equal(derivedId('a', 'b'), derivedId('a', 'b'))
  assert.notEqual(derivedId('a', 'b'), derivedId('ab'))
  assert.match(
    derivedId('a'),
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
})
