import assert from 'node:assert'
import { test } from 'node:test'
import { organiser, portsWith, uuid } from '../../../../tests/support/catalog.ts'
import { addTicketType } from './add-ticket-type.ts'

test('adding again is answered alike and saves nothing', async () => {
  const ports = await portsWith({}, undefined)
  const ticketType = {
    ticketTypeId: uuid(202),
    name: 'VIP',
    unitPrice: 1,
    capacity: 1,
    requestHash: 'a',
  }
  const command = { eventId: uuid(101), actor: organiser, ticketType }
  const first = await addTicketType(ports, command)
  assert(first.ok)
  assert.deepEqual([first.value.ticketTypes.length, first.value.version], [2, 2])
  assert.deepEqual(await addTicketType(ports, command), first)
})
