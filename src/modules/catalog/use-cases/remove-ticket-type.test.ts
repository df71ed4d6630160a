import assert from 'node:assert'
import { test } from 'node:test'
import { err } from '../../../kernel/result.ts'
import {
  aTicketType,
  organiser,
  portsWith,
  soldTickets,
  uuid,
} from '../../../../tests/support/catalog.ts'
import { removeTicketType } from './remove-ticket-type.ts'

test('a ticket type goes unless tickets of it are held or sold', async () => {
  const ticketTypes = [aTicketType(), aTicketType({ id: uuid(202) })]
  const ports = await portsWith({ ticketTypes }, soldTickets({ [uuid(202)]: 3 }))
  const command = { eventId: uuid(101), actor: organiser }
  assert.deepEqual(
    await removeTicketType(ports, { ...command, ticketTypeId: uuid(202) }),
    err({ kind: 'ticket-type-has-sales', taken: 3 }),
  )
  const result = await removeTicketType(ports, { ...command, ticketTypeId: uuid(201) })
  assert(result.ok)
  assert.deepEqual(
    result.value.ticketTypes.map(({ id }) => id),
    [uuid(202)],
  )
})
