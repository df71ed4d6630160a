import assert from 'node:assert'
import { describe, test } from 'node:test'
import { err, ok } from '../../../kernel/result.ts'
import {
  admin,
  anEvent,
  doorStaff,
  later,
  now,
  organiser,
  otherOrganiser,
  stranger,
  uuid,
} from '../../../../tests/support/catalog.ts'
import {
  addEventStaff,
  cancelEvent,
  manageable,
  maySee,
  publishEvent,
  removeEventStaff,
  staffMax,
  updateEvent,
} from './event.ts'

const draft = anEvent()
const published = anEvent({ status: 'published' })
const cancelled = anEvent({ status: 'cancelled' })

describe('publishing', () => {
  test('puts a draft on sale', () => {
    assert.deepEqual(publishEvent(draft, now), ok(published))
  })
  test('needs a ticket type', () => {
    assert.deepEqual(
      publishEvent(anEvent({ ticketTypes: [] }), now),
      err({ kind: 'no-ticket-types' }),
    )
  })
  test('needs a start in the future: one millisecond is enough, this instant is not', () => {
    assert(publishEvent(anEvent({ startsAt: later(1) }), now).ok)
    assert.deepEqual(
      publishEvent(anEvent({ startsAt: now }), now),
      err({ kind: 'event-starts-in-past' }),
    )
  })
  test('does nothing the second time, and nothing to a cancelled event', () => {
    const result = publishEvent(published, later(1e12))
    assert(result.ok && result.value === published)
    assert.deepEqual(publishEvent(cancelled, now), err({ kind: 'event-cancelled' }))
  })
})

describe('changing the terms', () => {
  test('leaves alone what is not given', () => {
    assert.deepEqual(updateEvent(draft, { title: 'B' }, now), ok({ ...draft, title: 'B' }))
  })
  test('never touches a cancelled event', () => {
    assert.deepEqual(updateEvent(cancelled, { title: 'B' }, now), err({ kind: 'event-cancelled' }))
  })
  test('changes the currency of a draft, not of an event on sale', () => {
    assert(updateEvent(draft, { currency: 'USD' }, now).ok)
    assert(updateEvent(published, { currency: 'IDR' }, now).ok)
    assert.deepEqual(
      updateEvent(published, { currency: 'USD' }, now),
      err({ kind: 'currency-fixed' }),
    )
  })
  test('moves an event on sale only into the future, but a draft anywhere', () => {
    assert(updateEvent(published, { startsAt: later(1) }, now).ok)
    assert(updateEvent(draft, { startsAt: now }, now).ok)
    assert.deepEqual(
      updateEvent(published, { startsAt: now }, now),
      err({ kind: 'event-starts-in-past' }),
    )
  })
  test('still corrects the title of an event that has begun', () => {
    const { startsAt } = published
    assert(updateEvent(published, { title: 'B', startsAt }, later(1e12)).ok)
  })
  test('keeps the end after the start, whichever of them moves', () => {
    const { startsAt } = draft
    const justAfter = new Date(startsAt.getTime() + 1)
    assert(updateEvent(draft, { endsAt: justAfter }, now).ok)
    const refused = err({ kind: 'event-ends-before-start' })
    assert.deepEqual(updateEvent(draft, { endsAt: startsAt }, now), refused)
    const ending = anEvent({ endsAt: justAfter })
    assert.deepEqual(updateEvent(ending, { startsAt: justAfter }, now), refused)
  })
  test('knows its time zones and currencies', () => {
    for (const timeZone of ['Asia/Jayapura', 'UTC'])
      assert(updateEvent(draft, { timeZone }, now).ok)
    assert.deepEqual(
      updateEvent(draft, { timeZone: 'Asia/Atlantis' }, now),
      err({ kind: 'unknown-time-zone' }),
    )
    assert.deepEqual(
      updateEvent(draft, { currency: 'ZZZ' }, now),
      err({ kind: 'unknown-currency' }),
    )
  })
})

describe('cancelling', () => {
  test('takes one word more when a single ticket is held or sold', () => {
    assert.deepEqual(cancelEvent(published, { cancelOrders: false, taken: 0 }), ok(cancelled))
    assert.deepEqual(cancelEvent(published, { cancelOrders: true, taken: 1 }), ok(cancelled))
    assert.deepEqual(
      cancelEvent(published, { cancelOrders: false, taken: 1 }),
      err({ kind: 'event-has-live-orders' }),
    )
  })
  test('does nothing the second time', () => {
    const result = cancelEvent(cancelled, { cancelOrders: false, taken: 1 })
    assert(result.ok && result.value === cancelled)
  })
})

describe('door staff', () => {
  test('are added once and removed once', () => {
    const two = addEventStaff(draft, uuid(2))
    assert(two.ok)
    assert.deepEqual(two.value.staffIds, [uuid(2), doorStaff.userId])
    const again = addEventStaff(two.value, uuid(2))
    assert(again.ok && again.value === two.value)
    assert.deepEqual(removeEventStaff(two.value, uuid(2)), ok(draft))
    const none = removeEventStaff(draft, uuid(2))
    assert(none.ok && none.value === draft)
  })
  test('stay as they are when the event is cancelled', () => {
    assert.deepEqual(addEventStaff(cancelled, uuid(2)), err({ kind: 'event-cancelled' }))
    assert.deepEqual(
      removeEventStaff(cancelled, doorStaff.userId),
      err({ kind: 'event-cancelled' }),
    )
  })
  test('have a limit', () => {
    const staffIds = Array.from({ length: staffMax - 1 }, (_, i) => uuid(i))
    const full = addEventStaff({ ...draft, staffIds }, uuid(9_998))
    assert(full.ok)
    assert.deepEqual(addEventStaff(full.value, uuid(9_999)), err({ kind: 'too-many-staff' }))
  })
})

describe('who may do what', () => {
  const formerOrganiser = { ...organiser, roles: [] }
  const rows = [
    { who: organiser, seesDraft: true, manages: true },
    { who: admin, seesDraft: true, manages: true },
    { who: doorStaff, seesDraft: true, manages: false },
    { who: otherOrganiser, seesDraft: false, manages: false },
    { who: stranger, seesDraft: false, manages: false },
    { who: formerOrganiser, seesDraft: false, manages: false },
  ]
  for (const { who, seesDraft, manages } of rows) {
    test(`${who.roles.join()} ${who.userId.slice(-1)}`, () => {
      assert.equal(maySee(draft, who), seesDraft)
      assert(maySee(published, who) && maySee(cancelled, who))
      const forbidden = err({ kind: 'forbidden' })
      const hidden = err({ kind: 'event-not-found' })
      assert.deepEqual(manageable(published, who), manages ? ok(published) : forbidden)
      const ofDraft = manages ? ok(draft) : seesDraft ? forbidden : hidden
      assert.deepEqual(manageable(draft, who), ofDraft)
      assert.deepEqual(manageable(undefined, who), hidden)
    })
  }
  test('someone without an account sees what was announced', () => {
    assert.deepEqual(
      [draft, published, cancelled].map((event) => maySee(event, undefined)),
      [false, true, true],
    )
  })
})
