import assert from 'node:assert'
import { test } from 'node:test'
import { checkInOf, refusalOf, statusOf, type Ticket } from './check-in.ts'

const ticket: Ticket = {
  id: 't1',
  eventId: 'e1',
  ticketTypeId: 'tt1',
  ticketTypeName: 'VIP',
  ordinal: 1,
  seat: null,
  holderName: 'Siti',
  revoked: false,
  redeemedAt: null,
}
const used = { ...ticket, redeemedAt: new Date(0) }

test('a door lets in a valid ticket of its event and nothing else', () => {
  assert.equal(refusalOf(ticket, 'e1'), undefined)
  assert.equal(refusalOf(undefined, 'e1'), 'unknown')
  assert.equal(refusalOf({ ...used, revoked: true }, 'e2'), 'wrong_event')
  assert.equal(refusalOf({ ...used, revoked: true }, 'e1'), 'revoked')
  assert.equal(refusalOf(used, 'e1'), 'already_redeemed')
})

test('a ticket that was used and then revoked is revoked', () => {
  assert.equal(statusOf(ticket), 'valid')
  assert.equal(statusOf(used), 'redeemed')
  assert.equal(statusOf({ ...used, revoked: true }), 'revoked')
})

test('the door learns nothing about a ticket of another event', () => {
  assert.deepEqual(checkInOf('wrong_event', ticket), { result: 'wrong_event' })
  assert.deepEqual(checkInOf('already_redeemed', used), {
    result: 'already_redeemed',
    ticket: used,
  })
})
