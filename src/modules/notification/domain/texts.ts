import { formatInstant } from '../../../kernel/instant.ts'
import { formatMoney } from '../../../kernel/money.ts'
import { toPublicId } from '../../../kernel/id.ts'
import type {
  Locale,
  MoneyReceived,
  OrderSnapshot,
  PaymentInstructions,
} from '../../booking/contract.ts'
import { oneLine } from './mail.ts'
import type { MailContent } from './render.ts'

/** Why a mail is written. */
export const purposes = [
  'how-to-pay',
  'e-ticket',
  'order-expired',
  'order-cancelled',
  'payment-mismatch',
  'payment-mismatch-operator',
  'refund-started',
  'refund-done',
  'payment-returned',
  'refund-due',
  'refund-due-operator',
  'confirmation',
  'confirmation-withdrawn',
] as const
export type Purpose = (typeof purposes)[number]

/** What a mail is about. */
export type Subject = {
  order: OrderSnapshot
  /** Where the buyer sees the order. */
  orderUrl: string
  /** Only of an order that waits to be paid. */
  instructions?: PaymentInstructions
  /** Only where money came or goes back: how much, whatever the order costs. */
  payment?: MoneyReceived
  /** Only of an order that waits to be confirmed: opening it is what confirms. */
  confirmationUrl?: string
}

/** The mail for a purpose, in the buyer's language. What others wrote enters it as single lines. */
export function contentOf(
  purpose: Purpose,
  { order, orderUrl, instructions, payment, confirmationUrl }: Subject,
): MailContent {
  const { locale } = order.buyer
  const word = words[locale]
  const { subject, paragraphs, action } = texts[locale][purpose]
  const forOperator = purpose.endsWith('-operator')
  const url = confirmationUrl ?? webUrl(instructions?.checkoutUrl) ?? orderUrl
  return {
    subject: subject(oneLine(order.eventTitle)).slice(0, 200),
    greeting: forOperator ? word.greetOperator : word.greet(oneLine(order.buyer.name)),
    paragraphs,
    facts: [
      ...(instructions ? paymentFacts(order, instructions) : []),
      ...(payment ? moneyFacts(payment, locale, forOperator) : []),
      ...(confirmationUrl === undefined ? [] : confirmationFacts(order)),
      ...orderFacts(order),
      ...(purpose.startsWith('confirmation') ? bookingFacts(order) : []),
      ...(forOperator ? buyerFacts(order) : []),
    ],
    action: action === undefined ? undefined : { label: action, url },
    closing: forOperator ? word.closeOperator : word.close,
  }
}

/** An address a browser may open; nothing that runs where the link stands. */
function webUrl(text: string | null | undefined): string | undefined {
  const line = oneLine(text ?? '')
  return /^https?:\/\/[^\s]+$/i.test(line) ? line : undefined
}

type Facts = MailContent['facts']

function paymentFacts(order: OrderSnapshot, instructions: PaymentInstructions): Facts {
  const { locale } = order.buyer
  const word = words[locale]
  const { channel, vaNumber, qrString, billerCode } = instructions
  return [
    [word.amount, formatMoney({ amount: order.total, currency: order.currency }, locale)],
    [word.payUntil, formatInstant(new Date(order.expiresAt), locale)],
    ...optional(word.bank, channel?.toUpperCase()),
    ...optional(word.billerCode, billerCode),
    ...optional(word.vaNumber, vaNumber),
    ...optional(word.qris, qrString === null ? undefined : word.qrisWhere),
  ]
}

const moneyFacts = (payment: MoneyReceived, locale: Locale, forOperator: boolean): Facts => [
  [words[locale].payment, formatMoney(payment, locale)],
  // What decides about it is asked by this.
  ...optional('paymentId', forOperator ? toPublicId('payment', payment.paymentId) : null),
]

function orderFacts(order: OrderSnapshot): Facts {
  const { locale } = order.buyer
  const word = words[locale]
  const items = order.items.map(({ quantity, name, seats }) =>
    oneLine(`${quantity} × ${name}${seats.length > 0 ? ` (${seats.join(', ')})` : ''}`),
  )
  return [
    [word.event, oneLine(order.eventTitle)],
    [word.when, formatInstant(new Date(order.eventStartsAt), locale)],
    ...optional(word.where, order.eventLocation),
    [word.tickets, items.join('; ')],
    [word.total, formatMoney({ amount: order.total, currency: order.currency }, locale)],
    [word.orderNumber, toPublicId('order', order.orderId)],
  ]
}

function confirmationFacts({ buyer: { locale }, expiresAt }: OrderSnapshot): Facts {
  return [[words[locale].confirmUntil, formatInstant(new Date(expiresAt), locale)]]
}

/** Who confirms orders by link knows them as bookings. */
function bookingFacts({ orderId, buyer: { locale } }: OrderSnapshot): Facts {
  return [[words[locale].bookingNumber, toPublicId('booking', orderId)]]
}

function buyerFacts({ buyer }: OrderSnapshot): Facts {
  const word = words[buyer.locale]
  return [
    [word.buyer, oneLine(buyer.name)],
    [word.email, oneLine(buyer.email)],
    ...optional(word.phone, buyer.phone),
  ]
}

const optional = (label: string, value: string | null | undefined): Facts =>
  value ? [[label, oneLine(value)]] : []

type Text = { subject(eventTitle: string): string; paragraphs: string[]; action?: string }

const words = {
  id: {
    greet: (name: string) => `Halo ${name},`,
    greetOperator: 'Untuk operator:',
    close: 'Salam hangat, Karcis',
    closeOperator: 'Karcis',
    amount: 'Jumlah',
    payment: 'Pembayaran',
    payUntil: 'Bayar sebelum',
    confirmUntil: 'Konfirmasi sebelum',
    bookingNumber: 'Nomor booking',
    bank: 'Bank',
    billerCode: 'Kode perusahaan',
    vaNumber: 'Nomor virtual account',
    qris: 'QRIS',
    qrisWhere: 'pindai kodenya di halaman pesanan',
    event: 'Acara',
    when: 'Waktu',
    where: 'Tempat',
    tickets: 'Tiket',
    total: 'Total',
    orderNumber: 'Nomor pesanan',
    buyer: 'Pembeli',
    email: 'E-mail',
    phone: 'Telepon',
  },
  en: {
    greet: (name: string) => `Hello ${name},`,
    greetOperator: 'To the operator:',
    close: 'Kind regards, Karcis',
    closeOperator: 'Karcis',
    amount: 'Amount',
    payment: 'Payment',
    payUntil: 'Pay before',
    confirmUntil: 'Confirm before',
    bookingNumber: 'Booking number',
    bank: 'Bank',
    billerCode: 'Biller code',
    vaNumber: 'Virtual account number',
    qris: 'QRIS',
    qrisWhere: 'scan the code on the order page',
    event: 'Event',
    when: 'When',
    where: 'Where',
    tickets: 'Tickets',
    total: 'Total',
    orderNumber: 'Order number',
    buyer: 'Buyer',
    email: 'E-mail',
    phone: 'Phone',
  },
} as const

const indonesian: Record<Purpose, Text> = {
  'how-to-pay': {
    subject: (title) => `Selesaikan pembayaran: ${title}`,
    paragraphs: [
      'Tiket Anda sudah kami sisihkan. Selesaikan pembayaran sebelum batas waktu di bawah ini; setelah itu tiket dilepas kembali.',
    ],
    action: 'Bayar sekarang',
  },
  'e-ticket': {
    subject: (title) => `E-tiket Anda: ${title}`,
    paragraphs: [
      'Terima kasih, pembayaran Anda sudah kami terima. E-tiket terlampir sebagai PDF, satu halaman per tiket.',
      'Tunjukkan kode QR di pintu masuk. Setiap kode hanya berlaku satu kali, jadi jangan bagikan kepada orang lain.',
    ],
    action: 'Lihat pesanan',
  },
  'order-expired': {
    subject: (title) => `Pesanan kedaluwarsa: ${title}`,
    paragraphs: [
      'Pesanan ini tidak lunas, sehingga tiketnya sudah dilepas kembali. E-tiket yang pernah kami kirim untuknya tidak berlaku lagi.',
      'Jika Anda masih ingin datang, silakan pesan lagi selama tiket tersedia. Pembayaran yang datang terlambat akan dikembalikan bila tiket sudah habis.',
    ],
  },
  'order-cancelled': {
    subject: (title) => `Pesanan dibatalkan: ${title}`,
    paragraphs: [
      'Pesanan ini sudah dibatalkan dan tidak ada yang perlu dibayar. Pembayaran yang masih datang akan dikembalikan sepenuhnya.',
    ],
  },
  'payment-mismatch': {
    subject: (title) => `Jumlah pembayaran berbeda: ${title}`,
    paragraphs: [
      'Kami menerima pembayaran untuk pesanan ini, tetapi jumlahnya berbeda dari tagihannya, sehingga pembayaran ini tidak melunasinya.',
      'Petugas kami sudah diberi tahu: pembayaran ini akan diterima atau dikembalikan, dan kami akan mengabari Anda.',
    ],
    action: 'Lihat pesanan',
  },
  'payment-mismatch-operator': {
    subject: (title) => `Perlu tindakan: jumlah pembayaran berbeda, ${title}`,
    paragraphs: [
      'Pembayaran untuk pesanan ini masuk dengan jumlah yang berbeda dari tagihannya. Pembayaran ini tidak melunasi pesanan: putuskan apakah diterima atau dikembalikan.',
    ],
    action: 'Lihat pesanan',
  },
  'refund-started': {
    subject: (title) => `Pengembalian dana diproses: ${title}`,
    paragraphs: [
      'Kami sedang mengembalikan pembayaran untuk pesanan ini. Tiketnya tidak berlaku lagi.',
      'Kami akan mengabari Anda begitu dana dikembalikan.',
    ],
    action: 'Lihat pesanan',
  },
  'refund-done': {
    subject: (title) => `Dana dikembalikan: ${title}`,
    paragraphs: [
      'Pembayaran untuk pesanan ini sudah dikembalikan. Dana dapat memerlukan beberapa hari kerja sampai terlihat di rekening Anda.',
    ],
  },
  'payment-returned': {
    subject: (title) => `Pembayaran dikembalikan: ${title}`,
    paragraphs: [
      'Sebuah pembayaran yang tidak melunasi pesanan ini, karena jumlahnya berbeda atau karena datang dua kali, sudah dikembalikan. Dana dapat memerlukan beberapa hari kerja sampai terlihat di rekening Anda.',
      'Pesanan Anda sendiri tidak berubah karenanya.',
    ],
    action: 'Lihat pesanan',
  },
  'refund-due': {
    subject: (title) => `Pengembalian dana tertunda: ${title}`,
    paragraphs: [
      'Sebuah pembayaran untuk pesanan ini tidak dapat dikembalikan secara otomatis. Petugas kami sudah diberi tahu dan akan menghubungi Anda untuk menyelesaikannya.',
      'Hak Anda atas dana ini tetap tercatat; Anda tidak perlu melakukan apa pun.',
    ],
    action: 'Lihat pesanan',
  },
  'refund-due-operator': {
    subject: (title) => `Perlu tindakan: kembalikan dana secara manual, ${title}`,
    paragraphs: [
      'Gateway pembayaran tidak dapat mengembalikan dana pesanan ini. Kembalikan dana secara manual dan hubungi pembeli.',
    ],
    action: 'Lihat pesanan',
  },
  confirmation: {
    subject: (title) => `Konfirmasi booking: ${title}`,
    paragraphs: [
      'Tiket Anda sudah kami sisihkan. Buka tautan di bawah ini, dalam keadaan masuk ke akun Anda, sebelum batas waktu; setelah itu tiket dilepas kembali.',
    ],
    action: 'Konfirmasi booking',
  },
  'confirmation-withdrawn': {
    subject: (title) => `Booking dihapus: ${title}`,
    paragraphs: [
      'Booking ini sudah dihapus dan tiketnya dilepas kembali. Tautan konfirmasi dan tiketnya tidak berlaku lagi.',
    ],
  },
}

const english: Record<Purpose, Text> = {
  'how-to-pay': {
    subject: (title) => `Complete your payment: ${title}`,
    paragraphs: [
      'Your tickets are set aside. Please pay before the deadline below; after it they are released again.',
    ],
    action: 'Pay now',
  },
  'e-ticket': {
    subject: (title) => `Your e-ticket: ${title}`,
    paragraphs: [
      'Thank you, we have received your payment. Your e-ticket is attached as a PDF, one page per ticket.',
      'Show the QR code at the door. Each code admits once, so do not share it.',
    ],
    action: 'View order',
  },
  'order-expired': {
    subject: (title) => `Order expired: ${title}`,
    paragraphs: [
      'This order is not paid for, so its tickets have been released. An e-ticket that we may have sent for it admits nobody any more.',
      'If you still want to come, please order again while there are tickets. A payment that arrives late is given back when the tickets are gone.',
    ],
  },
  'order-cancelled': {
    subject: (title) => `Order cancelled: ${title}`,
    paragraphs: [
      'This order has been cancelled and there is nothing to pay. A payment that still arrives is given back in full.',
    ],
  },
  'payment-mismatch': {
    subject: (title) => `Another amount was paid: ${title}`,
    paragraphs: [
      'We received a payment for this order, but in another amount than it costs, so this payment does not pay for it.',
      'Our staff have been told: the payment will be accepted or given back, and we will write to you.',
    ],
    action: 'View order',
  },
  'payment-mismatch-operator': {
    subject: (title) => `Action needed: another amount was paid, ${title}`,
    paragraphs: [
      'A payment for this order arrived in another amount than it asked for. It does not pay the order: decide whether to accept it or to give it back.',
    ],
    action: 'View order',
  },
  'refund-started': {
    subject: (title) => `Refund on its way: ${title}`,
    paragraphs: [
      'We are giving back the payment for this order. Its tickets are no longer valid.',
      'We will write to you as soon as the money has been returned.',
    ],
    action: 'View order',
  },
  'refund-done': {
    subject: (title) => `Refunded: ${title}`,
    paragraphs: [
      'The payment for this order has been given back. It may take some working days to appear in your account.',
    ],
  },
  'payment-returned': {
    subject: (title) => `Payment given back: ${title}`,
    paragraphs: [
      'A payment that does not pay for this order, being in another amount or a second one, has been given back. It may take some working days to appear in your account.',
      'Your order itself is not changed by this.',
    ],
    action: 'View order',
  },
  'refund-due': {
    subject: (title) => `Your refund is delayed: ${title}`,
    paragraphs: [
      'A payment for this order could not be given back automatically. Our staff have been told and will contact you to settle it.',
      'Your claim to this money stays on record; there is nothing you need to do.',
    ],
    action: 'View order',
  },
  'refund-due-operator': {
    subject: (title) => `Action needed: refund by hand, ${title}`,
    paragraphs: [
      'The payment gateway cannot give this money back. Refund it by hand and contact the buyer.',
    ],
    action: 'View order',
  },
  confirmation: {
    subject: (title) => `Confirm your booking: ${title}`,
    paragraphs: [
      'Your tickets are set aside. Open the link below, signed in to your account, before the deadline; after it they are released again.',
    ],
    action: 'Confirm booking',
  },
  'confirmation-withdrawn': {
    subject: (title) => `Booking deleted: ${title}`,
    paragraphs: [
      'This booking has been deleted and its tickets released. Its confirmation link and its tickets are no longer valid.',
    ],
  },
}

const texts: Record<Locale, Record<Purpose, Text>> = { id: indonesian, en: english }
