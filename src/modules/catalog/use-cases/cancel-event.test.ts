import assert from 'node:assert'
import { test } from 'node:test'
import { err } from '../../../kernel/result.ts'
import { organiser, portsWith, soldTickets, uuid } from '../../../../tests/support/catalog.ts'
import { cancelEvent } from './cancel-event.ts'

const command = { eventId: uuid(101), actor: organiser }

test('tickets of any type that are held or sold keep an event from being cancelled', async () => {
  const ports = await portsWith({ status: 'published' }, soldTickets({ [uuid(202)]: 1 }))
  assert.deepEqual(
    await cancelEvent(ports, { ...command, cancelOrders: false }),
    err({ kind: 'event-has-live-orders' }),
  )
  const result = await cancelEvent(ports, { ...command, cancelOrders: true })
  assert(result.ok && result.value.status === 'cancelled')
})

test('an event that booking has not heard of has no orders', async () => {
  const ports = await portsWith({}, undefined)
  assert((await cancelEvent(ports, { ...command, cancelOrders: false })).ok)
})
