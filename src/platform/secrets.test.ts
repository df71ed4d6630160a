import assert from 'node:assert'
import { test } from 'node:test'
import { isSameSecret } from './secrets.ts'

test('a secret is only the same as itself, whatever the lengths', () => {
  assert.equal(isSameSecret('right', 'right'), true)
  for (const other of ['wrong', 'righ', 'right ', '', 'Right']) {
    assert.equal(isSameSecret(other, 'right'), false, other)
  }
})
