import assert from 'node:assert'
import { test } from 'node:test'
import { err, ok } from '../../../kernel/result.ts'
import { anEvent, aTicketType, later, now, uuid } from '../../../../tests/support/catalog.ts'
import { createEvent } from './create-event.ts'

const command = {
  eventId: uuid(101),
  organiserId: uuid(1),
  requestHash: 'a',
  terms: { title: 'Malam Keroncong', location: 'Solo', startsAt: later(86_400_000) },
  ticketTypes: [
    {
      ticketTypeId: uuid(201),
      name: 'Regular',
      unitPrice: 100_000,
      capacity: 100,
      requestHash: null,
    },
  ],
}

test('a new event is an Indonesian draft without limits', () => {
  assert.deepEqual(
    createEvent(undefined, command, now),
    ok(
      anEvent({
        version: 0,
        category: 'other',
        facilities: [],
        staffIds: [],
        requestHash: 'a',
        ticketTypes: [aTicketType()],
      }),
    ),
  )
})

test('the same request again finds the event as it is now, another under its key is refused', () => {
  const current = anEvent({ requestHash: 'a', title: 'changed since' })
  const again = createEvent(current, command, now)
  assert(again.ok && again.value === current)
  assert.deepEqual(
    createEvent(current, { ...command, requestHash: 'b' }, now),
    err({ kind: 'idempotency-key-reused' }),
  )
})

test('terms and ticket types are held to the same rules as later changes', () => {
  const terms = { ...command.terms, endsAt: command.terms.startsAt }
  assert.deepEqual(
    createEvent(undefined, { ...command, terms }, now),
    err({ kind: 'event-ends-before-start' }),
  )
  const [ticketType] = command.ticketTypes
  assert(ticketType)
  const ticketTypes = [{ ...ticketType, validFrom: now, validUntil: now }]
  assert.deepEqual(
    createEvent(undefined, { ...command, ticketTypes }, now),
    err({ kind: 'sales-window-empty' }),
  )
})
