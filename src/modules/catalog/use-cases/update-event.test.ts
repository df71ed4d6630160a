import assert from 'node:assert'
import { test } from 'node:test'
import { err } from '../../../kernel/result.ts'
import { now, later, organiser, portsWith, uuid } from '../../../../tests/support/catalog.ts'
import { updateEvent } from './update-event.ts'

test('what lies in the past is decided by the clock', async () => {
  const ports = await portsWith({ status: 'published' }, undefined)
  const command = { eventId: uuid(101), actor: organiser }
  assert.deepEqual(
    await updateEvent(ports, { ...command, changes: { startsAt: now } }),
    err({ kind: 'event-starts-in-past' }),
  )
  assert((await updateEvent(ports, { ...command, changes: { startsAt: later(1) } })).ok)
})
