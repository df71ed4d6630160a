import assert from 'node:assert'
import { test } from 'node:test'
import { orderSnapshot } from '../../../../tests/support/order-snapshot.ts'
import { derivedId } from '../../../platform/ids.ts'
import { memoryStore } from '../../../platform/memory-store.ts'
import type { AdmissionMessage } from '../contract.ts'
import type { OrderTickets } from '../domain/order-tickets.ts'
import { issueTickets } from './issue-tickets.ts'
import { revokeTickets } from './revoke-tickets.ts'

test('a revocation that overtakes the issue leaves no ticket and tells nobody', async () => {
  const sent: AdmissionMessage[] = []
  const orders = memoryStore<OrderTickets, AdmissionMessage>(sent)
  const order = orderSnapshot()
  await revokeTickets({ orders }, { ...order, writtenAt: new Date(2) })
  await issueTickets({ orders, derivedId }, { order, writtenAt: new Date(1) })

  assert.deepEqual((await orders.find(order.orderId))?.tickets, [])
  assert.deepEqual(sent, [])
})
