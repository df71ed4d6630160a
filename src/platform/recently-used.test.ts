import assert from 'node:assert'
import { test } from 'node:test'
import { recentlyUsed } from './recently-used.ts'

test('the entry that was longest not used is forgotten first', () => {
  const entries = recentlyUsed<number>(2)
  entries.set('a', 1)
  entries.set('b', 2)
  entries.get('a')
  entries.set('c', 3)
  assert.deepEqual(['a', 'b', 'c'].map(entries.get), [1, undefined, 3])
})
