import type { Role } from '../kernel/principal.ts'
import type { EventDescription } from '../modules/catalog/contract.ts'
import { demoFestivals, type DemoFestival } from './festivals.ts'

/** An account anyone may sign in to, for trying things out. */
export type DemoAccount = {
  userId: string
  name: string
  email: string
  password: string
  roles: readonly Role[]
}

/** Ids that never change, so that a link into the demo goes on working. */
const fixedId = (kind: 1 | 2 | 3, number: number): string =>
  `01980000-0000-7000-8000-${String(kind * 1_000_000 + number).padStart(12, '0')}`
const userId = (number: number) => fixedId(1, number)
const eventId = (number: number) => fixedId(2, number)
const ticketTypeId = (event: number, number: number) => fixedId(3, event * 100 + number)

export const demoConcertId = eventId(17)
export const demoTalkId = eventId(18)

export const demoDomain = 'karcis.test'

const account = (number: number, name: string, localPart: string, role: Role): DemoAccount => ({
  userId: userId(number),
  name,
  email: `${localPart}@${demoDomain}`,
  password: 'karcis-demo',
  roles: role === 'buyer' ? ['buyer'] : ['buyer', role],
})

export const demoAccounts: readonly DemoAccount[] = [
  account(1, 'Ayu Administrator', 'admin', 'admin'),
  account(2, 'Oka Penyelenggara', 'organiser', 'organiser'),
  account(3, 'Pandu Penjaga Pintu', 'staff', 'staff'),
  account(4, 'Bunga Pembeli', 'buyer', 'buyer'),
]

/**
 * What a fresh Karcis has on sale: sixteen festivals, a concert of numbered seats, and a talk with
 * an early-bird price. Dates count from the start of the UTC day of `now`, so that two starts on
 * one day describe the same.
 */
export function demoEvents(now: Date): EventDescription[] {
  return [
    ...demoFestivals.map((festival, i) => festivalEvent(festival, i + 1, now)),
    concert(now),
    talk(now),
  ]
}

const common = {
  organiserId: userId(2),
  staffIds: [userId(3)],
  currency: 'IDR',
  timeZone: 'Asia/Jakarta',
  ordersPerBuyerMax: null,
  ticketsPerBuyerMax: null,
  holdSeconds: null,
}

const openTicketType = {
  description: '',
  ticketsPerOrderMax: 10,
  validFrom: null,
  validUntil: null,
  seatsPerRow: null,
}

/** An hour of the UTC day that begins this many days after the one of `now`. */
function at(now: Date, days: number, hour = 0): string {
  const day = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + days, hour)
  return new Date(day).toISOString()
}

function festivalEvent(festival: DemoFestival, number: number, now: Date): EventDescription {
  const { slug, price, capacity, startsInDays, lastsDays, ...shown } = festival
  return {
    ...common,
    ...shown,
    eventId: eventId(number),
    category: 'festival',
    bannerPath: `/banners/${slug}.svg`,
    startsAt: at(now, startsInDays, 2),
    endsAt: at(now, startsInDays + lastsDays - 1, 15),
    ticketTypes: [
      {
        ...openTicketType,
        ticketTypeId: ticketTypeId(number, 1),
        name: 'Tiket masuk',
        description: 'Berlaku untuk seluruh hari festival.',
        unitPrice: price,
        capacity,
        ticketsPerOrderMax: 1_000,
      },
    ],
  }
}

function concert(now: Date): EventDescription {
  const prices = {
    VIP: 3_800_000,
    PLATINUM: 3_400_000,
    'CAT 1': 2_900_000,
    'CAT 2': 2_600_000,
    'CAT 3': 2_100_000,
  }
  return {
    ...common,
    eventId: demoConcertId,
    title: 'Gema Nusantara: Konser Akbar',
    description:
      'Satu malam, satu panggung, tujuh puluh lima ribu suara. Setiap kursi bernomor; satu pembeli, satu tiket.',
    category: 'concert',
    facilities: ['Kursi bernomor', 'Akses kursi roda', 'Toilet', 'Musala', 'Pos kesehatan'],
    bannerPath: '/banners/gema-nusantara.svg',
    location: 'Stadion Utama Gelora Bung Karno, Jakarta',
    startsAt: at(now, 60, 12),
    endsAt: at(now, 60, 16),
    refundable: false,
    ordersPerBuyerMax: 1,
    ticketTypes: Object.entries(prices).map(([name, unitPrice], i) => ({
      ...openTicketType,
      ticketTypeId: ticketTypeId(17, i + 1),
      name,
      unitPrice,
      capacity: 15_000,
      ticketsPerOrderMax: 1,
      seatsPerRow: 50,
    })),
  }
}

function talk(now: Date): EventDescription {
  const regularFrom = at(now, 14)
  const ticketType = { ...openTicketType, ticketsPerOrderMax: 5 }
  return {
    ...common,
    eventId: demoTalkId,
    title: 'Gagasan Timur: Sehari Bercerita',
    description:
      'Dua belas pembicara, masing-masing delapan belas menit: tentang laut, kota, bahasa, dan hal-hal kecil yang mengubah cara kita hidup.',
    category: 'talk',
    facilities: ['Makan siang', 'Penerjemah bahasa isyarat', 'Akses kursi roda', 'Wi-Fi', 'Musala'],
    bannerPath: '/banners/gagasan-timur.svg',
    location: 'Auditorium Universitas Airlangga, Surabaya',
    startsAt: at(now, 45, 1),
    endsAt: at(now, 45, 10),
    refundable: true,
    ticketTypes: [
      {
        ...ticketType,
        ticketTypeId: ticketTypeId(18, 1),
        name: 'Early bird',
        description: 'Harga awal, selama dua pekan pertama.',
        unitPrice: 150_000,
        capacity: 200,
        validUntil: regularFrom,
      },
      {
        ...ticketType,
        ticketTypeId: ticketTypeId(18, 2),
        name: 'Regular',
        unitPrice: 225_000,
        capacity: 500,
        validFrom: regularFrom,
      },
      {
        ...ticketType,
        ticketTypeId: ticketTypeId(18, 3),
        name: 'Student',
        description: 'Tunjukkan kartu pelajar atau mahasiswa di pintu masuk.',
        unitPrice: 100_000,
        capacity: 300,
        ticketsPerOrderMax: 1,
      },
    ],
  }
}
