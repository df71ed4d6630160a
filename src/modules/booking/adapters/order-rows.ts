import type { Attempt, Buyer, OpenPayment, Order, OrderItem } from '../domain/order.ts'

/** An order as its table keeps it. */
export type OrderRow = {
  id: string
  event_id: string
  status: Order['status']
  buyer_user_id: string | null
  buyer_name: string
  buyer_email: string
  buyer_phone: string | null
  buyer_locale: Buyer['locale']
  items: OrderItem[]
  quantity: number
  total: number
  currency: string
  payment: OpenPayment | null
  former_payments: Attempt[]
  settled_payment_id: string | null
  hold_seconds: number
  expires_at: Date
  closing: boolean
  request_hash: string | null
  visit_date: string | null
  placed_at: Date
}

/** The columns with their types, for `json_to_recordset`. */
export const orderColumns = `id uuid, event_id uuid, status text, buyer_user_id uuid, buyer_name text,
  buyer_email text, buyer_phone text, buyer_locale text, items jsonb, quantity integer, total bigint,
  currency text, payment jsonb, former_payments jsonb, settled_payment_id uuid, hold_seconds integer, expires_at timestamptz,
  closing boolean, request_hash text, visit_date text, placed_at timestamptz`

export const orderColumnNames = orderColumns.replaceAll(
  / (uuid|text|jsonb|integer|bigint|timestamptz|boolean)\b/g,
  '',
)

export const toRow = (order: Order): OrderRow => ({
  id: order.id,
  event_id: order.eventId,
  status: order.status,
  buyer_user_id: order.buyer.userId,
  buyer_name: order.buyer.name,
  buyer_email: order.buyer.email,
  buyer_phone: order.buyer.phone,
  buyer_locale: order.buyer.locale,
  items: order.items,
  quantity: order.quantity,
  total: order.total,
  currency: order.currency,
  payment: order.payment,
  former_payments: order.formerPayments,
  settled_payment_id: order.settledPaymentId,
  hold_seconds: order.holdSeconds,
  expires_at: order.expiresAt,
  closing: order.closing,
  request_hash: order.requestHash,
  visit_date: order.visitDate,
  placed_at: order.placedAt,
})

export const fromRow = (row: OrderRow): Order => ({
  id: row.id,
  eventId: row.event_id,
  status: row.status,
  buyer: {
    userId: row.buyer_user_id,
    name: row.buyer_name,
    email: row.buyer_email,
    phone: row.buyer_phone,
    locale: row.buyer_locale,
  },
  items: row.items,
  quantity: row.quantity,
  total: row.total,
  currency: row.currency,
  payment: row.payment,
  formerPayments: row.former_payments,
  settledPaymentId: row.settled_payment_id,
  holdSeconds: row.hold_seconds,
  expiresAt: row.expires_at,
  closing: row.closing,
  requestHash: row.request_hash,
  visitDate: row.visit_date,
  placedAt: row.placed_at,
})
