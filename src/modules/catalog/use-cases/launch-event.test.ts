import assert from 'node:assert'
import { test } from 'node:test'
import { err } from '../../../kernel/result.ts'
import { later, organiser, portsWith, uuid } from '../../../../tests/support/catalog.ts'
import { launchEvent } from './launch-event.ts'

const command = {
  eventId: uuid(150),
  organiserId: organiser.userId,
  requestHash: 'first',
  terms: { title: 'Malam Puisi', location: 'Solo', startsAt: later(1) },
  ticketTypes: [
    { ticketTypeId: uuid(250), requestHash: null, name: 'Umum', unitPrice: 10, capacity: 5 },
  ],
}

test('an event is on sale at once, and a repeat is the same event', async () => {
  const ports = await portsWith({}, undefined)
  const launched = await launchEvent(ports, command)
  assert(launched.ok)
  assert.equal(launched.value.status, 'published')
  assert.deepEqual(await launchEvent(ports, command), launched)
  assert.deepEqual(
    await launchEvent(ports, { ...command, requestHash: 'second' }),
    err({ kind: 'idempotency-key-reused' }),
  )
})

test('an event that cannot be on sale is not made', async () => {
  const ports = await portsWith({}, undefined)
  const terms = { ...command.terms, startsAt: later(-1) }
  assert.deepEqual(
    await launchEvent(ports, { ...command, terms }),
    err({ kind: 'event-starts-in-past' }),
  )
  assert.equal(await ports.events.find(command.eventId), undefined)
})
