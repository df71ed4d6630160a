import type { Locale } from '../../booking/contract.ts'

/** What the pages of an order's e-ticket show. */
export type ETicket = {
  /** The order's number as its buyer knows it. */
  orderNumber: string
  eventTitle: string
  eventStartsAt: Date
  eventLocation: string
  locale: Locale
  issuedAt: Date
  tickets: {
    ticketTypeName: string
    seat: string | null
    holderName: string
    code: string
  }[]
}

/** The fixed words on a page. */
export const words = {
  id: {
    eTicket: 'E-tiket',
    when: 'Waktu',
    where: 'Tempat',
    type: 'Jenis tiket',
    seat: 'Kursi',
    holder: 'Pemegang',
    order: 'Nomor pesanan',
    ticketOf: (place: number, count: number) => `Tiket ${place} dari ${count}`,
    atTheDoor: 'Tunjukkan kode ini di pintu masuk. Setiap kode berlaku satu kali.',
  },
  en: {
    eTicket: 'E-ticket',
    when: 'When',
    where: 'Where',
    type: 'Ticket',
    seat: 'Seat',
    holder: 'Holder',
    order: 'Order number',
    ticketOf: (place: number, count: number) => `Ticket ${place} of ${count}`,
    atTheDoor: 'Show this code at the door. Each code admits once.',
  },
} as const
