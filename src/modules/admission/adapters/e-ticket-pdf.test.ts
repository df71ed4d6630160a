import assert from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ETicket } from '../domain/e-ticket.ts'
import { eTicketPdf } from './e-ticket-pdf.ts'

const ticket = {
  ticketTypeName: 'VIP',
  seat: 'Seat-1',
  holderName: 'Siti Rahma',
  code: 'x'.repeat(120),
}
const eTicket = (change: Partial<ETicket> = {}): ETicket => ({
  orderNumber: 'order-0197a1c2-7b1c-7d2e-9a3b-1234567890ab',
  eventTitle: 'Senandung Jakarta',
  eventStartsAt: new Date('2026-12-12T12:00:00Z'),
  eventLocation: 'Gelora Bung Karno',
  locale: 'id',
  issuedAt: new Date('2026-11-20T00:00:00Z'),
  tickets: [ticket],
  ...change,
})

const pagesOf = (pdf: Uint8Array) =>
  Buffer.from(pdf)
    .toString('latin1')
    .match(/\/Type \/Page\b/g)?.length

test('the same e-ticket is the same bytes', async () => {
  assert.deepEqual(await eTicketPdf(eTicket()), await eTicketPdf(eTicket()))
})

for (const count of [1, 2, 100]) {
  test(`an e-ticket of ${count} has as many pages`, async () => {
    const pdf = await eTicketPdf(eTicket({ tickets: Array(count).fill(ticket) }))
    assert.equal(Buffer.from(pdf.subarray(0, 5)).toString(), '%PDF-')
    assert.equal(pagesOf(pdf), count)
  })
}

test('no text runs over to another page, whatever its length and script', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.constantFrom('W'.repeat(400), 'long words '.repeat(40), '最高 🎉 '.repeat(60), ''),
  )
  const hostile = fc.record({
    eventTitle: text,
    eventLocation: text,
    ticketTypeName: text,
    seat: fc.option(text),
    holderName: text,
  })
  await fc.assert(
    fc.asyncProperty(hostile, async ({ eventTitle, eventLocation, ...texts }) => {
      const tickets = [{ ...ticket, ...texts }]
      assert.equal(pagesOf(await eTicketPdf(eTicket({ eventTitle, eventLocation, tickets }))), 1)
    }),
    { numRuns: 60 },
  )
})
