import assert from 'node:assert'
import { test } from 'node:test'
import { orderSnapshot } from '../../../../tests/support/order-snapshot.ts'
import type { Principal } from '../../../kernel/principal.ts'
import { openOrder, type OpenOrder } from './open-order.ts'

const order = orderSnapshot({ orderId: 'o1', eventId: 'e1' })
const guestOrder = { ...order, orderId: 'o2', buyer: { ...order.buyer, userId: null } }
const orders = [order, guestOrder]

const ports = {
  booking: {
    findOrder: async (id: string) => orders.find(({ orderId }) => orderId === id),
  },
  secrets: {
    opens: (orderId: string, secret: string) => secret === `secret of ${orderId}`,
  },
  catalog: {
    roleAt: async (_: string, userId: string) =>
      userId === 'organiser' || userId === 'staff' ? (userId as 'organiser' | 'staff') : undefined,
  },
}
const user = (userId: string, ...roles: Principal['roles']): Principal => ({
  userId,
  name: userId,
  email: `${userId}@example.org`,
  roles,
})

// prettier-ignore
const rows: [string, Partial<OpenOrder>, boolean][] = [
  ['nobody in particular',           {},                                                      false],
  ['its buyer',                      { principal: user(order.buyer.userId ?? '') },           true],
  ['another buyer',                  { principal: user('u2', 'buyer') },                      false],
  ['the organiser of its event',     { principal: user('organiser') },                        true],
  ['an organiser of something else', { principal: user('u3', 'organiser') },                  false],
  ['the staff at its doors',         { principal: user('staff') },                            false],
  ['an administrator',               { principal: user('u4', 'admin') },                      true],
  ['the holder of its secret',       { secret: 'secret of o1' },                              true],
  ['the holder of another secret',   { secret: 'secret of o2' },                              false],
  ['anyone, when it does not exist', { orderId: 'o9', principal: user('u4', 'admin') },       false],
  ['a buyer, when a guest owns it',  { orderId: 'o2', principal: user('') },                  false],
]

for (const [who, asks, opens] of rows) {
  test(`an order ${opens ? 'opens' : 'stays shut'} to ${who}`, async () => {
    const opened = await openOrder(ports, {
      orderId: 'o1',
      principal: undefined,
      secret: undefined,
      ...asks,
    })
    assert.equal(opened.ok, opens)
  })
}
