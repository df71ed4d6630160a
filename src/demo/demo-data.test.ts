import assert from 'node:assert'
import { test } from 'node:test'
import { demoAccounts, demoConcertId, demoEvents, demoTalkId } from './demo-data.ts'

const now = new Date('2030-01-01T15:04:05.678Z')
const events = demoEvents(now)
const festivals = events.filter(({ category }) => category === 'festival')

test('sixteen festivals, each its own, each with room for thousands', () => {
  assert.equal(festivals.length, 16)
  for (const field of ['title', 'description', 'location', 'bannerPath'] as const) {
    assert.equal(new Set(festivals.map((festival) => festival[field])).size, 16, field)
  }
  for (const { ticketTypes, bannerPath } of festivals) {
    assert.equal(ticketTypes.length, 1)
    assert(ticketTypes.every(({ capacity, seatsPerRow }) => capacity >= 5_000 && !seatsPerRow))
    assert.match(String(bannerPath), /^\/banners\/[a-z-]+\.svg$/)
  }
  assert.equal(new Set(festivals.map(({ refundable }) => refundable)).size, 2)
})

test('a concert of five categories with 15,000 numbered seats each, one order per buyer', () => {
  const concert = events.find(({ eventId }) => eventId === demoConcertId)
  assert(concert)
  assert.equal(concert.category, 'concert')
  assert.equal(concert.ordersPerBuyerMax, 1)
  assert.deepEqual(
    concert.ticketTypes.map((type) => [
      type.name,
      type.unitPrice,
      type.capacity,
      type.seatsPerRow,
      type.ticketsPerOrderMax,
    ]),
    [
      ['VIP', 3_800_000, 15_000, 50, 1],
      ['PLATINUM', 3_400_000, 15_000, 50, 1],
      ['CAT 1', 2_900_000, 15_000, 50, 1],
      ['CAT 2', 2_600_000, 15_000, 50, 1],
      ['CAT 3', 2_100_000, 15_000, 50, 1],
    ],
  )
})

test('a talk whose regular price follows the early one', () => {
  const types = events.find(({ eventId }) => eventId === demoTalkId)?.ticketTypes
  assert.deepEqual(
    types?.map(({ name, validFrom, validUntil }) => [name, validFrom, validUntil]),
    [
      ['Early bird', null, '2030-01-15T00:00:00.000Z'],
      ['Regular', '2030-01-15T00:00:00.000Z', null],
      ['Student', null, null],
    ],
  )
})

test('no two things share an id, and all of it lies in the future', () => {
  const ids = [
    ...demoAccounts.map(({ userId }) => userId),
    ...events.flatMap((event) => [
      event.eventId,
      ...event.ticketTypes.map(({ ticketTypeId }) => ticketTypeId),
    ]),
  ]
  assert.equal(new Set(ids).size, ids.length)
  for (const { startsAt, endsAt } of events) {
    assert(new Date(startsAt) > now && String(endsAt) > startsAt)
  }
})

test('the whole of a day describes the same, the next day the same a day later', () => {
  assert.deepEqual(demoEvents(new Date('2030-01-01T00:00:00Z')), events)
  assert.deepEqual(demoEvents(new Date('2030-01-01T23:59:59.999Z')), events)
  const [first] = demoEvents(new Date('2030-01-02T00:00:00Z'))
  assert.deepEqual(
    [events[0]?.startsAt, first?.startsAt],
    ['2030-01-22T02:00:00.000Z', '2030-01-23T02:00:00.000Z'],
  )
})
