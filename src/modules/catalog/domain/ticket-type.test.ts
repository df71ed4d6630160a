import assert from 'node:assert'
import { describe, test } from 'node:test'
import { err, ok } from '../../../kernel/result.ts'
import { anEvent, aTicketType, later, uuid } from '../../../../tests/support/catalog.ts'
import type { Event } from './event.ts'
import { addTicketType, removeTicketType, ticketTypesMax, updateTicketType } from './ticket-type.ts'

const draft = anEvent()
const published = anEvent({ status: 'published' })
const cancelled = anEvent({ status: 'cancelled' })
const only = uuid(201)
const given = {
  ticketTypeId: uuid(202),
  name: 'VIP',
  unitPrice: 0,
  capacity: 0,
  requestHash: 'a',
}
const update = (event: Event, changes: Partial<ReturnType<typeof aTicketType>>, taken = 0) =>
  updateTicketType(event, { ticketTypeId: only, changes, taken })

describe('adding a ticket type', () => {
  test('puts it last, ten to an order, without window or seats', () => {
    const { ticketTypeId: id, ...terms } = given
    assert.deepEqual(
      addTicketType(published, given),
      ok({
        ...published,
        ticketTypes: [aTicketType(), aTicketType({ ...terms, id, position: 1 })],
      }),
    )
  })
  test('puts it where it says', () => {
    const first = anEvent({ ticketTypes: [aTicketType({ position: 5 })] })
    const result = addTicketType(first, { ...given, position: 4 })
    assert(result.ok)
    assert.deepEqual(
      result.value.ticketTypes.map(({ name }) => name),
      ['VIP', 'Regular'],
    )
  })
  test('adds nothing when the request is repeated, even after the event was cancelled', () => {
    const added = addTicketType(draft, given)
    assert(added.ok)
    for (const event of [added.value, { ...added.value, status: 'cancelled' as const }]) {
      const again = addTicketType(event, given)
      assert(again.ok && again.value === event)
    }
    assert.deepEqual(
      addTicketType(added.value, { ...given, requestHash: 'b' }),
      err({ kind: 'idempotency-key-reused' }),
    )
  })
  test('is refused by a cancelled event', () => {
    assert.deepEqual(addTicketType(cancelled, given), err({ kind: 'event-cancelled' }))
  })
  test('has a limit', () => {
    const types = (count: number) =>
      Array.from({ length: count }, (_, i) => aTicketType({ id: uuid(1_000 + i), position: i }))
    assert(addTicketType(anEvent({ ticketTypes: types(ticketTypesMax - 1) }), given).ok)
    assert.deepEqual(
      addTicketType(anEvent({ ticketTypes: types(ticketTypesMax) }), given),
      err({ kind: 'too-many-ticket-types' }),
    )
  })
  test('needs a sales window of at least an instant', () => {
    assert(addTicketType(draft, { ...given, validFrom: later(0), validUntil: later(1) }).ok)
    assert.deepEqual(
      addTicketType(draft, { ...given, validFrom: later(0), validUntil: later(0) }),
      err({ kind: 'sales-window-empty' }),
    )
  })
})

describe('changing a ticket type', () => {
  test('leaves alone what is not given', () => {
    const expected = { ...published, ticketTypes: [aTicketType({ unitPrice: 5 })] }
    assert.deepEqual(update(published, { unitPrice: 5 }), ok(expected))
  })
  test('moves it to its new place', () => {
    const second = aTicketType({ id: uuid(202), position: 1 })
    const result = update(anEvent({ ticketTypes: [aTicketType(), second] }), { position: 2 })
    assert(result.ok)
    assert.deepEqual(
      result.value.ticketTypes.map(({ id }) => id),
      [uuid(202), only],
    )
  })
  test('lets the capacity fall to what is taken, not below', () => {
    assert(update(published, { capacity: 60 }, 60).ok)
    assert.deepEqual(
      update(published, { capacity: 59 }, 60),
      err({ kind: 'capacity-below-taken', taken: 60 }),
    )
  })
  test('lets the capacity grow although more is taken than there will be', () => {
    assert(update(published, { capacity: 101 }, 150).ok)
  })
  test('keeps the announced rows, at whose end seats may be added or taken away', () => {
    const numbered = (status: Event['status']) =>
      anEvent({ status, ticketTypes: [aTicketType({ seatsPerRow: 10 })] })
    const fixed = err({ kind: 'seats-fixed' })
    assert(update(numbered('published'), { capacity: 100, seatsPerRow: 10 }).ok)
    assert(update(numbered('published'), { capacity: 101 }).ok)
    assert(update(numbered('published'), { capacity: 99 }, 99).ok)
    assert.deepEqual(
      update(numbered('published'), { capacity: 98 }, 99),
      err({ kind: 'capacity-below-taken', taken: 99 }),
    )
    assert.deepEqual(update(numbered('published'), { seatsPerRow: 11, capacity: 101 }), fixed)
    assert.deepEqual(update(numbered('published'), { seatsPerRow: null }), fixed)
    assert.deepEqual(update(published, { seatsPerRow: 10 }), fixed)
    assert(update(numbered('draft'), { capacity: 1, seatsPerRow: null }).ok)
  })
  test('keeps the sales window in order, whichever end moves', () => {
    const windowed = anEvent({ ticketTypes: [aTicketType({ validUntil: later(5) })] })
    assert(update(windowed, { validFrom: later(4) }).ok)
    assert.deepEqual(update(windowed, { validFrom: later(5) }), err({ kind: 'sales-window-empty' }))
  })
  test('is refused by a cancelled event, and for a type it does not have', () => {
    assert.deepEqual(update(cancelled, { unitPrice: 5 }), err({ kind: 'event-cancelled' }))
    assert.deepEqual(
      updateTicketType(draft, { ticketTypeId: uuid(9), changes: {}, taken: 0 }),
      err({ kind: 'ticket-type-not-found' }),
    )
  })
})

describe('removing a ticket type', () => {
  const two = (status: Event['status']) =>
    anEvent({ status, ticketTypes: [aTicketType(), aTicketType({ id: uuid(202), position: 1 })] })
  const remove = (event: Event, taken = 0) => removeTicketType(event, { ticketTypeId: only, taken })

  test('leaves the others', () => {
    const rest = two('published').ticketTypes.slice(1)
    assert.deepEqual(
      remove(two('published')),
      ok(anEvent({ status: 'published', ticketTypes: rest })),
    )
  })
  test('is refused when a single ticket is held or sold', () => {
    assert.deepEqual(remove(two('published'), 1), err({ kind: 'ticket-type-has-sales', taken: 1 }))
  })
  test('empties a draft, never an event on sale', () => {
    assert(remove(draft).ok)
    assert.deepEqual(remove(published), err({ kind: 'no-ticket-types' }))
  })
  test('is refused by a cancelled event, and for a type it does not have', () => {
    assert.deepEqual(remove(two('cancelled')), err({ kind: 'event-cancelled' }))
    assert.deepEqual(
      removeTicketType(draft, { ticketTypeId: uuid(9), taken: 0 }),
      err({ kind: 'ticket-type-not-found' }),
    )
  })
})
