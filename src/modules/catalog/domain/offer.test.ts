import assert from 'node:assert'
import { test } from 'node:test'
import { err, ok } from '../../../kernel/result.ts'
import { anEvent, aTicketType, later } from '../../../../tests/support/catalog.ts'
import { saved, toOffer } from './offer.ts'

test('a saved change is the next version, and news unless the event is a draft', () => {
  const draft = anEvent({ version: 4 })
  assert.deepEqual(saved(draft, ok({ ...draft, title: 'B' })), {
    ok: true,
    value: { state: { ...draft, title: 'B', version: 5 }, messages: [] },
  })
  for (const status of ['published', 'cancelled'] as const) {
    const state = { ...draft, status, version: 5 }
    assert.deepEqual(saved(draft, ok({ ...draft, status })), {
      ok: true,
      value: {
        state,
        messages: [{ type: 'event.changed', key: draft.id, data: { offer: toOffer(state) } }],
      },
    })
  }
})

test('a new event is version 1', () => {
  const result = saved(undefined, ok(anEvent({ version: 0 })))
  assert(result.ok)
  assert.equal(result.value.state.version, 1)
})

test('what stayed as it was, or was refused, is no news', () => {
  const event = anEvent({ status: 'published' })
  assert.deepEqual(saved(event, ok(event)), ok({ state: event, messages: [] }))
  assert.deepEqual(saved(event, err({ kind: 'no' })), err({ kind: 'no' }))
})

test('the offer tells the instants of a sales window in UTC', () => {
  const window = { validFrom: later(0), validUntil: later(1) }
  const [ticketType] = toOffer(anEvent({ ticketTypes: [aTicketType(window)] })).ticketTypes
  assert.deepEqual(
    [ticketType?.validFrom, ticketType?.validUntil],
    ['2030-01-01T00:00:00.000Z', '2030-01-01T00:00:00.001Z'],
  )
})
