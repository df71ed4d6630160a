import assert from 'node:assert'
import { test } from 'node:test'
import { doorStaff, organiser, portsWith, uuid } from '../../../../tests/support/catalog.ts'
import { removeEventStaff } from './remove-event-staff.ts'

test('a user who is removed twice is gone once', async () => {
  const ports = await portsWith({}, undefined)
  const command = { eventId: uuid(101), actor: organiser, userId: doorStaff.userId }
  const first = await removeEventStaff(ports, command)
  assert(first.ok)
  assert.deepEqual(first.value.staffIds, [])
  assert.deepEqual(await removeEventStaff(ports, command), first)
})
