import assert from 'node:assert'
import { test } from 'node:test'
import { salesReport, type Sale } from './sales-report.ts'

const aSale = (change: Partial<Sale>): Sale => ({
  day: '2026-11-20',
  ticketTypeId: 'vip',
  name: 'VIP',
  sold: 0,
  held: 0,
  cancelled: 0,
  refunded: 0,
  gross: 0,
  refundedAmount: 0,
  ...change,
})

test('what is given back is no income, and the totals are those of the rows', () => {
  const { rows, totals } = salesReport(
    [
      aSale({ day: '2026-11-21', sold: 2, held: 1, gross: 500, refundedAmount: 300, refunded: 3 }),
      aSale({ sold: 1, cancelled: 4, gross: 100 }),
    ],
    [],
  )
  assert.deepEqual(
    rows.map(({ day, net }) => [day, net]),
    [
      ['2026-11-20', 100],
      ['2026-11-21', 200],
    ],
  )
  assert.deepEqual(totals, {
    sold: 3,
    held: 1,
    cancelled: 4,
    refunded: 3,
    gross: 600,
    refundedAmount: 300,
    net: 300,
    redeemed: 0,
  })
})

test('tickets let in count on the day of the door, also when none was sold that day', () => {
  const redeemed = { ticketTypeId: 'vip', name: 'VIP' }
  const { rows, totals } = salesReport(
    [aSale({ sold: 5 })],
    [
      { ...redeemed, day: '2026-12-12', redeemed: 4 },
      { ...redeemed, day: '2026-11-20', redeemed: 1 },
    ],
  )
  assert.deepEqual(
    rows.map(({ day, sold, redeemed }) => [day, sold, redeemed]),
    [
      ['2026-11-20', 5, 1],
      ['2026-12-12', 0, 4],
    ],
  )
  assert.equal(totals.redeemed, 5)
})

test('the rows of a day are sorted by the name of the ticket type', () => {
  const { rows } = salesReport([aSale({}), aSale({ ticketTypeId: 'cat1', name: 'CAT 1' })], [])
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['CAT 1', 'VIP'],
  )
})
