import assert from 'node:assert'
import { test } from 'node:test'
import { err } from '../../../kernel/result.ts'
import { organiser, portsWith, soldTickets, uuid } from '../../../../tests/support/catalog.ts'
import { reviseEvent } from './revise-event.ts'

const command = { eventId: uuid(101), actor: organiser, ticketTypeId: uuid(201) }

test('the event and its ticket type change together or not at all', async () => {
  const ports = await portsWith({ status: 'published' }, soldTickets({ [uuid(201)]: 7 }))
  const before = await ports.events.find(command.eventId)
  const changes = { title: 'Lain' }
  assert.deepEqual(
    await reviseEvent(ports, { ...command, changes, ticketTypeChanges: { capacity: 6 } }),
    err({ kind: 'capacity-below-taken', taken: 7 }),
  )
  assert.deepEqual(await ports.events.find(command.eventId), before)

  const revised = await reviseEvent(ports, {
    ...command,
    changes,
    ticketTypeChanges: { capacity: 7 },
  })
  assert(revised.ok)
  assert.equal(revised.value.title, 'Lain')
  assert.equal(revised.value.ticketTypes[0]?.capacity, 7)
  assert.equal(revised.value.version, (before?.version ?? 0) + 1)
})
