import { newId } from '../../src/platform/ids.ts'

/** What booking sends to have an order of 250,000 rupiah paid. */
export function requestOf(holdSeconds = 900) {
  return {
    orderId: newId(),
    paymentId: newId(),
    eventId: newId(),
    gateway: 'xendit',
    method: 'invoice',
    channel: null as string | null,
    amount: 250_000,
    currency: 'IDR',
    description: 'Two tickets for <script>alert(1)</script>',
    buyer: {
      userId: null,
      name: 'Siti',
      email: 'siti@karcis.example',
      phone: '+628123456789',
      locale: 'id' as const,
    },
    items: [
      { ticketTypeId: newId(), name: 'Festival', quantity: 2, unitPrice: 125_000, seats: [] },
    ],
    holdSeconds,
  }
}
