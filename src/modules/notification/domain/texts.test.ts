import assert from 'node:assert'
import { describe, test } from 'node:test'
import { orderSnapshot } from '../../../../tests/support/order-snapshot.ts'
import type { Locale, OrderSnapshot, PaymentInstructions } from '../../booking/contract.ts'
import { renderHtml, renderText } from './render.ts'
import { contentOf, purposes, type Purpose } from './texts.ts'

const orderUrl = 'https://karcis.example/orders/1?secret=s'
const va: PaymentInstructions = {
  method: 'va',
  checkoutUrl: null,
  vaNumber: '8808 1234',
  channel: 'bca',
  qrString: null,
}
const received = {
  paymentId: '0197a1c2-0000-7000-8000-000000000001',
  amount: 100_000,
  currency: 'IDR',
}
const orderIn = (locale: Locale, change: Partial<OrderSnapshot> = {}) => {
  const order = orderSnapshot(change)
  return { ...order, buyer: { ...order.buyer, locale } }
}

/** What the reader must find: in the subject, and in both forms of the mail. */
// prettier-ignore
const expected: Record<Locale, Record<Purpose, [subject: RegExp, body: RegExp[]]>> = {
  id: {
    'how-to-pay':          [/^Selesaikan pembayaran: Senandung Jakarta$/, [/Bayar sebelum/, /Jumat, 20 November 2026 pukul 17\.15 WIB/, /Nomor virtual account/, /8808 1234/, /BCA/, /Bayar sekarang/]],
    'e-ticket':            [/^E-tiket Anda: /,                     [/terlampir sebagai PDF/, /Lihat pesanan/]],
    'order-expired':       [/^Pesanan kedaluwarsa: /,              [/dilepas kembali/]],
    'order-cancelled':     [/^Pesanan dibatalkan: /,               [/sudah dibatalkan/]],
    'payment-mismatch':    [/^Jumlah pembayaran berbeda: /,        [/tidak melunasinya/, /Rp\s100\.000/]],
    'payment-mismatch-operator': [/^Perlu tindakan: jumlah/,       [/tidak melunasi/, /siti@example\.org/, /Untuk operator/, /Rp\s100\.000/, /payment-0197a1c2/]],
    'refund-started':      [/^Pengembalian dana diproses: /,       [/sedang mengembalikan/]],
    'refund-done':         [/^Dana dikembalikan: /,                [/sudah dikembalikan/, /Rp\s100\.000/]],
    'payment-returned':    [/^Pembayaran dikembalikan: /,          [/tidak berubah/, /Rp\s100\.000/]],
    'refund-due':          [/^Pengembalian dana tertunda: /,       [/Petugas kami/, /Rp\s100\.000/]],
    'refund-due-operator': [/^Perlu tindakan: /,                   [/secara manual/, /siti@example\.org/, /Untuk operator/, /Rp\s100\.000/]],
    'confirmation':        [/^Konfirmasi booking: Senandung Jakarta$/, [/Konfirmasi sebelum/, /Jumat, 20 November 2026 pukul 17\.15 WIB/, /bookings\/confirms\/abc/, /booking-/]],
    'confirmation-withdrawn': [/^Booking dihapus: /,               [/sudah dihapus/, /booking-/]],
  },
  en: {
    'how-to-pay':          [/^Complete your payment: Senandung Jakarta$/, [/Pay before/, /Friday, 20 November 2026 at 17:15 WIB/, /Virtual account number/, /8808 1234/, /BCA/, /Pay now/]],
    'e-ticket':            [/^Your e-ticket: /,                    [/attached as a PDF/, /View order/]],
    'order-expired':       [/^Order expired: /,                    [/have been released/]],
    'order-cancelled':     [/^Order cancelled: /,                  [/has been cancelled/]],
    'payment-mismatch':    [/^Another amount was paid: /,          [/does not pay for it/, /IDR\s100,000/]],
    'payment-mismatch-operator': [/^Action needed: another/,       [/does not pay/, /siti@example\.org/, /To the operator/, /IDR\s100,000/]],
    'refund-started':      [/^Refund on its way: /,                [/giving back/]],
    'refund-done':         [/^Refunded: /,                         [/has been given back/, /IDR\s100,000/]],
    'payment-returned':    [/^Payment given back: /,               [/not changed by this/, /IDR\s100,000/]],
    'refund-due':          [/^Your refund is delayed: /,           [/Our staff/, /IDR\s100,000/]],
    'refund-due-operator': [/^Action needed: /,                    [/by hand/, /siti@example\.org/, /To the operator/, /IDR\s100,000/]],
    'confirmation':        [/^Confirm your booking: Senandung Jakarta$/, [/Confirm before/, /Friday, 20 November 2026 at 17:15 WIB/, /bookings\/confirms\/abc/, /booking-/]],
    'confirmation-withdrawn': [/^Booking deleted: /,               [/has been deleted/, /booking-/]],
  },
}

for (const locale of ['id', 'en'] as const) {
  describe(`in ${locale}`, () => {
    for (const purpose of purposes) {
      test(`the mail ${purpose} says what it is about, in both of its forms`, () => {
        const order = orderIn(locale)
        const instructions = purpose === 'how-to-pay' ? { instructions: va } : {}
        const link =
          purpose === 'confirmation'
            ? { confirmationUrl: 'https://karcis.example/bookings/confirms/abc' }
            : {}
        const money = /^(payment|refund)-/.test(purpose) ? { payment: received } : {}
        const content = contentOf(purpose, { order, orderUrl, ...instructions, ...link, ...money })
        const [subject, bodies] = expected[locale][purpose]
        const text = renderText(content)
        const html = renderHtml(content, locale)
        const total = locale === 'id' ? /Rp\s8\.100\.000/ : /IDR\s8,100,000/
        const date =
          locale === 'id' ? /12 Desember 2026 pukul 19\.00 WIB/ : /12 December 2026 at 19:00 WIB/
        assert.match(content.subject, subject)
        const common = [
          total,
          date,
          /2 × VIP \(Seat-1, Seat-2\); 1 × Festival/,
          /Gelora Bung Karno/,
        ]
        for (const pattern of [...bodies, ...common, new RegExp(`order-${order.orderId}`)]) {
          assert.match(text, pattern)
          assert.match(html, pattern)
        }
        assert.match(html, new RegExp(`<html lang="${locale}">`))
        assert.doesNotMatch(text, /undefined|null/)
      })
    }
  })
}

describe('how to pay', () => {
  const order = orderIn('en')
  const pay = (instructions: Partial<PaymentInstructions>) =>
    contentOf('how-to-pay', { order, orderUrl, instructions: { ...va, ...instructions } })

  test('leads to the gateway when it has a page, and to the order otherwise', () => {
    assert.equal(pay({ checkoutUrl: 'https://pay.example/1' }).action?.url, 'https://pay.example/1')
    assert.equal(pay({}).action?.url, orderUrl)
  })

  test('never leads to an address that a browser would run', () => {
    for (const checkoutUrl of [
      'javascript:alert(1)',
      'data:text/html,x',
      ' //evil',
      'https://a b',
    ]) {
      assert.equal(pay({ checkoutUrl }).action?.url, orderUrl)
    }
  })

  test('names the QRIS code when there is one', () => {
    assert.match(
      renderText(pay({ vaNumber: null, channel: null, qrString: '000201' })),
      /QRIS: scan/,
    )
    assert.doesNotMatch(renderText(pay({})), /QRIS/)
  })
})

test('hostile texts stay text, and stay on their line', () => {
  const hostile =
    '</td></table><img src=x onerror=alert(1)>"\'&\r\nBcc: x@example.org\r\n\r\nTotal: Rp 0'
  const order = orderIn('en', { eventTitle: hostile, eventLocation: hostile })
  const evil = {
    ...order,
    buyer: { ...order.buyer, name: hostile, phone: hostile },
    items: order.items.map((item) => ({ ...item, name: hostile, seats: [hostile] })),
  }
  for (const purpose of purposes) {
    const instructions = { ...va, vaNumber: hostile, channel: hostile }
    const content = contentOf(purpose, { order: evil, orderUrl, instructions })
    assert.doesNotMatch(content.subject, /[\r\n]/)
    assert.doesNotMatch(renderText(content), /^(Bcc|Total: Rp 0)/m)
    assert.doesNotMatch(renderHtml(content, 'en'), /<img|"'&/)
  }
})
