import assert from 'node:assert'
import { test } from 'node:test'
import { anOffer } from '../../../../tests/support/booking.ts'
import { orderSnapshot } from '../../../../tests/support/order-snapshot.ts'
import { bodyOf, eventIdOf, toldData } from './payload.ts'

test('an order is told under public ids, with its buyer as the organiser sees them', () => {
  const order = orderSnapshot()
  const told = toldData({ data: { order } }) as { order: Record<string, unknown> }
  assert.deepEqual(Object.keys(told.order).sort(), [
    'buyer',
    'currency',
    'eventId',
    'id',
    'items',
    'status',
    'total',
  ])
  assert.equal(told.order['id'], `order-${order.orderId}`)
  assert.deepEqual(told.order['buyer'], {
    name: 'Siti Rahma',
    email: 'siti@example.org',
    phone: '+62 812 0000 0000',
  })
  assert.ok(!JSON.stringify(told).includes(order.buyer.userId!), 'the account is nobody’s business')
})

test('issued tickets are told with their ids', () => {
  const order = orderSnapshot()
  const told = toldData({ data: { order, ticketIds: ['t1', 't2'] } })
  assert.partialDeepStrictEqual(told, { ticketIds: ['ticket-t1', 'ticket-t2'] })
})

test('an event is told without what only its sale needs', () => {
  const offer = anOffer({}, [{ seatsPerRow: 20 }])
  const told = toldData({ data: { offer } }) as { event: Record<string, unknown> }
  assert.equal(eventIdOf({ data: { offer } }), offer.eventId)
  assert.partialDeepStrictEqual(told.event, { id: `event-${offer.eventId}`, version: 1 })
  assert.partialDeepStrictEqual(told.event['ticketTypes'], [{ numberedSeats: true, capacity: 10 }])
  assert.ok(!('organiserId' in told.event))
})

test('a body has the form of Standard Webhooks', () => {
  assert.deepEqual(JSON.parse(bodyOf('order.paid', '2026-11-20T10:00:00.000Z', { a: 1 })), {
    type: 'order.paid',
    timestamp: '2026-11-20T10:00:00.000Z',
    data: { a: 1 },
  })
})
