import assert from 'node:assert'
import { test } from 'node:test'
import { ok } from '../../../kernel/result.ts'
import { memoryStore } from '../../../platform/memory-store.ts'
import { anEvent, later, now, uuid } from '../../../../tests/support/catalog.ts'
import type { CatalogMessage, EventDescription } from '../contract.ts'
import type { Event } from '../domain/event.ts'
import { toOffer } from '../domain/offer.ts'
import { ensureEvent } from './ensure-event.ts'

const wanted = anEvent({ status: 'published', endsAt: later(90_000_000) })
const offer = toOffer(wanted)
const description: EventDescription = {
  ...offer,
  staffIds: wanted.staffIds,
  description: wanted.description,
  category: wanted.category,
  facilities: wanted.facilities,
  bannerPath: wanted.bannerPath,
  endsAt: later(90_000_000).toISOString(),
  timeZone: wanted.timeZone,
  ticketTypes: offer.ticketTypes.map((ticketType) => ({ ...ticketType, description: '' })),
}

test('an event is on sale as described, in one change', async () => {
  const sent: CatalogMessage[] = []
  const events = memoryStore<Event, CatalogMessage>(sent)
  assert.deepEqual(await ensureEvent({ events, clock: () => now }, description), ok(wanted))
  assert.deepEqual(
    sent.map(({ data }) => data.offer),
    [toOffer(wanted)],
  )
})

test('an event that exists stays as it is, whatever became of it', async () => {
  const sent: CatalogMessage[] = []
  const events = memoryStore<Event, CatalogMessage>(sent)
  const cancelled = anEvent({ status: 'cancelled', title: 'changed since' })
  await events.update(uuid(101), () => ok({ state: cancelled, messages: [] }))
  assert.deepEqual(
    await ensureEvent({ events, clock: () => later(1e12) }, description),
    ok(cancelled),
  )
  assert.deepEqual(sent, [])
})
