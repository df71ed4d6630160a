import type { OrderSnapshot } from '../../src/modules/booking/contract.ts'
import { newId } from '../../src/platform/ids.ts'

/** A paid order of two seats and one standing place; every id is new unless given. */
export function orderSnapshot(change: Partial<OrderSnapshot> = {}): OrderSnapshot {
  return {
    orderId: newId(),
    eventId: newId(),
    eventTitle: 'Senandung Jakarta',
    eventStartsAt: '2026-12-12T12:00:00.000Z',
    eventLocation: 'Gelora Bung Karno, Jakarta',
    status: 'paid',
    buyer: {
      userId: newId(),
      name: 'Siti Rahma',
      email: 'siti@example.org',
      phone: '+62 812 0000 0000',
      locale: 'id',
    },
    items: [
      {
        ticketTypeId: newId(),
        name: 'VIP',
        quantity: 2,
        unitPrice: 3_800_000,
        seats: ['Seat-1', 'Seat-2'],
      },
      { ticketTypeId: newId(), name: 'Festival', quantity: 1, unitPrice: 500_000, seats: [] },
    ],
    total: 8_100_000,
    currency: 'IDR',
    expiresAt: '2026-11-20T10:15:00.000Z',
    ...change,
  }
}
