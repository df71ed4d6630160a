import assert from 'node:assert'
import { test } from 'node:test'
import { orderSnapshot } from '../../../../tests/support/order-snapshot.ts'
import { derivedId } from '../../../platform/ids.ts'
import { memoryStore } from '../../../platform/memory-store.ts'
import type { AdmissionMessage } from '../contract.ts'
import type { OrderTickets } from '../domain/order-tickets.ts'
import { issueTickets } from './issue-tickets.ts'

test('issuing twice is one set of tickets, told once', async () => {
  const sent: AdmissionMessage[] = []
  const orders = memoryStore<OrderTickets, AdmissionMessage>(sent)
  const order = orderSnapshot()
  await issueTickets({ orders, derivedId }, { order, writtenAt: new Date(1) })
  await issueTickets({ orders, derivedId }, { order, writtenAt: new Date(2) })

  const ticketIds = (await orders.find(order.orderId))?.tickets.map((ticket) => ticket.id)
  assert.equal(ticketIds?.length, 3)
  assert.deepEqual(sent, [
    { type: 'ticket.issued', key: order.orderId, data: { order, ticketIds } },
  ])
})
