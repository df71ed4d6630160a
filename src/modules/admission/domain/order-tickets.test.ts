import assert from 'node:assert'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { orderSnapshot } from '../../../../tests/support/order-snapshot.ts'
import { admits, issue, revoke, type OrderTickets } from './order-tickets.ts'

const order = orderSnapshot()
const ticketId = (ticketTypeId: string, ordinal: number) => `${ticketTypeId}/${ordinal}`
type Input = ['issue' | 'revoke', writtenAt: number]

function run(...inputs: Input[]) {
  let state: OrderTickets | undefined
  let issuedCount = 0
  for (const [type, writtenAt] of inputs) {
    const at = new Date(writtenAt)
    const decision = type === 'issue' ? issue(state, order, at, ticketId) : revoke(state, order, at)
    state = decision.state
    issuedCount += decision.messages.length
  }
  assert(state)
  return { admits: admits(state), issuedCount, tickets: state.tickets }
}

const issue1: Input = ['issue', 1]
const revoke2: Input = ['revoke', 2]
const issue3: Input = ['issue', 3]

// prettier-ignore
const stories: [string, Input[], boolean, number][] = [
  ['admits once it is issued',                          [issue1],                           true,  1],
  ['is one set when it is issued twice',                [issue1, issue1],                   true,  1],
  ['no longer admits once it is revoked',               [issue1, revoke2],                  false, 1],
  ['is never issued when the revocation came first',    [revoke2, issue1],                  false, 0],
  ['stays revoked when the issue comes again',          [issue1, revoke2, issue1],          false, 1],
  ['stays revoked when both were written at once',      [issue1, ['revoke', 1], issue1],    false, 1],
  ['is revoked by a message with an earlier time',      [issue3, revoke2, issue3],          false, 1],
  ['admits again when it was paid once more',           [issue1, revoke2, issue3],          true,  2],
  ['still admits when the first revocation repeats',    [issue1, revoke2, issue3, revoke2], true,  2],
]

describe('the tickets of an order', () => {
  for (const [story, inputs, admitting, issuedCount] of stories) {
    test(story, () => {
      const result = run(...inputs)
      assert.equal(result.admits, admitting)
      assert.equal(result.issuedCount, issuedCount)
    })
  }

  test('never admit after a revocation, however its messages repeat and overtake each other', () => {
    const messages = fc.array(fc.constantFrom(issue1, revoke2), { maxLength: 12 })
    fc.assert(
      fc.property(messages, (inputs) => {
        fc.pre(inputs.includes(revoke2))
        assert.equal(run(...inputs).admits, false)
      }),
    )
  })

  test('are one per place, each with its seat, its type and its own id', () => {
    const { tickets } = run(issue1)
    assert.deepEqual(
      tickets.map(({ ordinal, ticketTypeName, seat }) => [ordinal, ticketTypeName, seat]),
      [
        [1, 'VIP', 'Seat-1'],
        [2, 'VIP', 'Seat-2'],
        [3, 'Festival', null],
      ],
    )
    assert.equal(new Set(tickets.map((ticket) => ticket.id)).size, 3)
    assert.equal(tickets[0]?.holderName, 'Siti Rahma')
  })
})
