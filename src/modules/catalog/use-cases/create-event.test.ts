import assert from 'node:assert'
import { test } from 'node:test'
import { err } from '../../../kernel/result.ts'
import { memoryStore } from '../../../platform/memory-store.ts'
import { now, later, organiser, uuid } from '../../../../tests/support/catalog.ts'
import type { CatalogMessage } from '../contract.ts'
import type { Event } from '../domain/event.ts'
import { createEvent } from './create-event.ts'

test('a repeated request finds the draft it made, version and all', async () => {
  const ports = { events: memoryStore<Event, CatalogMessage>(), clock: () => now }
  const command = {
    eventId: uuid(101),
    organiserId: organiser.userId,
    requestHash: 'a',
    terms: { title: 'Malam Keroncong', location: 'Solo', startsAt: later(1) },
    ticketTypes: [],
  }
  const first = await createEvent(ports, command)
  assert(first.ok)
  assert.deepEqual([first.value.version, first.value.createdAt], [1, now])
  assert.deepEqual(await createEvent(ports, command), first)
  assert.deepEqual(
    await createEvent(ports, { ...command, requestHash: 'b' }),
    err({ kind: 'idempotency-key-reused' }),
  )
})
