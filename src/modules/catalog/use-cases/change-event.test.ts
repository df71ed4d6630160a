import assert from 'node:assert'
import { test } from 'node:test'
import { Value } from 'typebox/value'
import { err, ok } from '../../../kernel/result.ts'
import { memoryStore } from '../../../platform/memory-store.ts'
import { anEvent, organiser, otherOrganiser, uuid } from '../../../../tests/support/catalog.ts'
import { catalogMessages, type CatalogMessage } from '../contract.ts'
import type { Event } from '../domain/event.ts'
import { changeEvent } from './change-event.ts'

test('each change is the next version and one message, whatever the rule changed', async () => {
  const sent: CatalogMessage[] = []
  const events = memoryStore<Event, CatalogMessage>(sent)
  await events.update(uuid(101), () =>
    ok({ state: anEvent({ status: 'published' }), messages: [] }),
  )
  const command = { eventId: uuid(101), actor: organiser }
  for (const title of ['B', 'C']) {
    await changeEvent({ events }, command, (event) => ok({ ...event, title }))
  }
  assert.deepEqual(
    sent.map(({ data }) => [data.offer.version, data.offer.title]),
    [
      [2, 'B'],
      [3, 'C'],
    ],
  )
  for (const { type, data } of sent) assert(Value.Check(catalogMessages[type], data))
})

test('the rule is not even asked when the actor may not change the event', async () => {
  const events = memoryStore<Event, CatalogMessage>()
  await events.update(uuid(101), () => ok({ state: anEvent(), messages: [] }))
  const rule = () => assert.fail('asked')
  const hidden = err({ kind: 'event-not-found' })
  const byOther = { eventId: uuid(101), actor: otherOrganiser }
  assert.deepEqual(await changeEvent({ events }, byOther, rule), hidden)
  const ofNone = { eventId: uuid(102), actor: organiser }
  assert.deepEqual(await changeEvent({ events }, ofNone, rule), hidden)
})
