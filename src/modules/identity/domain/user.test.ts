import assert from 'node:assert'
import { test } from 'node:test'
import { chooseRoles } from './user.ts'

test('everyone is a buyer, whatever else they are', () => {
  assert.deepEqual(chooseRoles('u', [], 'a'), { ok: true, value: ['buyer'] })
  const both = { ok: true, value: ['buyer', 'staff'] }
  assert.deepEqual(chooseRoles('u', ['staff', 'buyer'], 'a'), both)
})

test('an admin takes the role from others only', () => {
  const refused = { ok: false, error: { kind: 'own-admin-role' } }
  assert.deepEqual(chooseRoles('a', ['organiser'], 'a'), refused)
  assert.ok(chooseRoles('a', ['admin', 'organiser'], 'a').ok)
  assert.ok(chooseRoles('u', ['organiser'], 'a').ok)
})
