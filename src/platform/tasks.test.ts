import assert from 'node:assert'
import { test } from 'node:test'
import { watchRushes } from './tasks.ts'

test('work without a pause is a rush, but not for ever, and whoever else works is none', () => {
  let now = 0
  const rush = watchRushes(() => now)
  const endOf = { long: rush.begin(), short: () => {} }
  assert.equal(rush.isOn(), false)
  now = 301
  endOf.short = rush.begin()
  assert.equal(rush.isOn(), true)
  endOf.long()
  assert.equal(rush.isOn(), false, 'what began a moment ago is none yet')
  now = 700
  assert.equal(rush.isOn(), true)
  now = 301 + 5 * 60_000
  assert.equal(rush.isOn(), false, 'who waits has a turn')
  endOf.short()
})
