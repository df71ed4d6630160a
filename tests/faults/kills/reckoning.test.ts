import assert from 'node:assert'
import { suite, test } from 'node:test'
import { reckon, type Found, type Remembered } from './reckoning.ts'

const order = { id: 'o', status: 'paid', quantity: 2, total: 100, tickets: 2 }
const memory: Remembered = { orderId: 'o', quantity: 2, total: 100, paid: true }
const mail = { messageId: 'm', orderId: 'o', purpose: 'e-ticket', status: 'sent', begun: 2 }
const sound = (): Found => ({
  orders: [order],
  moneyKept: new Set(['o']),
  mails: [mail],
  received: new Map([['m', 2]]),
})

// prettier-ignore
const plants: [string, Partial<Found>, RegExp][] = [
  ['a lost order',              { orders: [], moneyKept: new Set() },                              /does not exist/],
  ['another order',             { orders: [{ ...order, quantity: 1, tickets: 1 }] },               /not what was acknowledged/],
  ['money for nothing',         { orders: [{ ...order, status: 'expired', tickets: 0 }] },         /was paid for and is expired/],
  ['money kept',                { orders: [{ ...order, status: 'refunded', tickets: 0 }] },        /its money kept/],
  ['a missing ticket',          { orders: [{ ...order, tickets: 1 }] },                            /1 of 2 tickets/],
  ['a ticket too many',         { orders: [{ ...order, status: 'refunded' }], moneyKept: new Set() }, /is refunded and has tickets/],
  ['tickets for no money',      { moneyKept: new Set() },                                          /for no money/],
  ['a mail that never came',    { received: new Map() },                                           /never handed over/],
  ['a mail that came three times', { received: new Map([['m', 3]]) },                              /3 times/],
  ['a mail doubled by no crash', { mails: [{ ...mail, begun: 1 }] },                               /begun 1 times/],
  ['more doubles than crashes', { received: new Map([['m', 2], ['n', 2]]) },                       /sent 2 times too often, in 1 crashes/],
  ['a mail that was forgotten', { mails: [], received: new Map() },                                /not mailed/],
]

suite('the reckoning after the kills', () => {
  test('has nothing to say of what is sound, with one mail doubled by the one crash', () => {
    assert.deepEqual(reckon([memory], sound(), 1), [])
  })
  for (const [what, change, complaint] of plants) {
    test(`names ${what}`, () => {
      assert.match(reckon([memory], { ...sound(), ...change }, 1).join('\n'), complaint)
    })
  }
})
