import assert from 'node:assert'
import { test } from 'node:test'
import { doorStaff, organiser, portsWith, uuid } from '../../../../tests/support/catalog.ts'
import { addEventStaff } from './add-event-staff.ts'

test('a user who is added twice works the doors once', async () => {
  const ports = await portsWith({}, undefined)
  const command = { eventId: uuid(101), actor: organiser, userId: uuid(9) }
  const first = await addEventStaff(ports, command)
  assert(first.ok)
  assert.deepEqual(first.value.staffIds, [doorStaff.userId, uuid(9)].toSorted())
  assert.deepEqual(await addEventStaff(ports, command), first)
})
