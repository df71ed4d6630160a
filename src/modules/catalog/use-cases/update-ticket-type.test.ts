import assert from 'node:assert'
import { test } from 'node:test'
import { err } from '../../../kernel/result.ts'
import { organiser, portsWith, soldTickets, uuid } from '../../../../tests/support/catalog.ts'
import { updateTicketType } from './update-ticket-type.ts'

const command = { eventId: uuid(101), actor: organiser, ticketTypeId: uuid(201) }

test('only the tickets taken of this type hold its capacity up', async () => {
  const ports = await portsWith(
    { status: 'published' },
    soldTickets({ [uuid(201)]: 7, [uuid(202)]: 50 }),
  )
  assert.deepEqual(
    await updateTicketType(ports, { ...command, changes: { capacity: 6 } }),
    err({ kind: 'capacity-below-taken', taken: 7 }),
  )
  assert((await updateTicketType(ports, { ...command, changes: { capacity: 7 } })).ok)
})

test('a change that leaves the capacity alone does not need booking', async () => {
  const ports = await portsWith({ status: 'published' }, undefined)
  const booking = { ...ports.booking, capacityMin: () => assert.fail('asked') }
  const changes = { unitPrice: 1 }
  assert((await updateTicketType({ ...ports, booking }, { ...command, changes })).ok)
})
