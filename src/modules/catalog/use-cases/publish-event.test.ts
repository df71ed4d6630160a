import assert from 'node:assert'
import { test } from 'node:test'
import { later, organiser, portsWith, uuid } from '../../../../tests/support/catalog.ts'
import { publishEvent } from './publish-event.ts'

test('publishing again is answered alike and saves nothing', async () => {
  const ports = await portsWith({}, undefined)
  const command = { eventId: uuid(101), actor: organiser }
  const first = await publishEvent(ports, command)
  assert(first.ok)
  assert.deepEqual([first.value.status, first.value.version], ['published', 2])
  assert.deepEqual(await publishEvent({ ...ports, clock: () => later(1e12) }, command), first)
})
