import assert from 'node:assert'
import type pg from 'pg'
import type { PaymentOfOrder, PaymentSnapshot, RefundSnapshot, RefundStatus } from '../contract.ts'
import type { Payment } from '../domain/payment.ts'
import type { WebhookStatus } from '../domain/webhook.ts'

/** Every requested attempt to pay an order, oldest first. */
export async function paymentsOf(pool: pg.Pool, orderId: string): Promise<PaymentSnapshot[]> {
  const { rows } = await pool.query<Omit<PaymentSnapshot, 'createdAt'> & { createdAt: Date }>(
    `select id as "paymentId", order_id as "orderId", method, status, amount, currency,
            created_at as "createdAt"
     from payment.payments where order_id = $1 and method is not null
     order by created_at, id`,
    [orderId],
  )
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }))
}

/** How the payments of these orders stand; an order without one is there as well. */
export async function paymentOfOrders(
  pool: pg.Pool,
  orderIds: readonly string[],
): Promise<PaymentOfOrder[]> {
  type Row = NonNullable<PaymentOfOrder['payment']> & { orderId: string; expiresAt: Date | null }
  const { rows } = await pool.query<Row>(
    `select distinct on (order_id) order_id as "orderId", id as "paymentId", method, status,
            refund ->> 'status' as "refundStatus", amount, currency, instructions,
            expires_at as "expiresAt"
     from payment.payments where order_id = any($1::uuid[]) and method is not null
     order by order_id, status = 'settled' desc, created_at desc, id desc`,
    [orderIds],
  )
  return orderIds.map((id) => {
    const row = rows.find(({ orderId }) => orderId === id)
    if (!row) return { id, payment: null }
    const { orderId, expiresAt, ...payment } = row
    return { id: orderId, payment: { ...payment, expiresAt: expiresAt?.toISOString() ?? null } }
  })
}

/** What of an order's money was or is to be given back, oldest payment first. */
export async function refundsOf(pool: pg.Pool, orderId: string): Promise<RefundSnapshot[]> {
  const { rows } = await pool.query<ListedPayment>(
    `select ${paymentColumns} from payment.payments
     where order_id = $1 and refund_at is not null order by created_at, id`,
    [orderId],
  )
  return rows.map(refundSnapshot)
}

const refundStatusOf = {
  requested: 'requested',
  done: 'done',
  failed: 'refund_due',
} as const satisfies Record<Exclude<Payment['refund']['status'], 'none'>, RefundStatus>

/** A refund is known by the payment it gives back. */
export function refundSnapshot({ id, orderId, refund, ...rest }: ListedPayment): RefundSnapshot {
  assert(refund.status !== 'none' && rest.refundAt, 'only what is given back is a refund')
  return {
    refundId: id,
    paymentId: id,
    orderId,
    status: refundStatusOf[refund.status],
    amount: refund.amount,
    currency: rest.paid?.currency ?? rest.currency ?? '',
    at: rest.refundAt.toISOString(),
  }
}

/** One page of a list, newest first; it goes on after the row `after`. */
type Page<Status> = { status: Status | undefined; after: string | undefined; limit: number }

const paymentColumns = `id, order_id as "orderId", status, gateway, account, method, channel, amount,
  currency, gateway_id as "gatewayId", expires_at as "expiresAt", paid, settled_at as "settledAt",
  refund, refund_at as "refundAt", resolution, created_at as "createdAt", history`

export type ListedPayment = Pick<
  Payment,
  | 'id'
  | 'orderId'
  | 'status'
  | 'gatewayId'
  | 'expiresAt'
  | 'paid'
  | 'settledAt'
  | 'refund'
  | 'refundAt'
  | 'resolution'
  | 'createdAt'
  | 'history'
> & {
  gateway: string | null
  account: string | null
  method: string | null
  channel: string | null
  amount: number | null
  currency: string | null
}

type PaymentPage = Page<Payment['status']> & { refund: Payment['refund']['status'] | undefined }

export async function listPayments(
  pool: pg.Pool,
  { status, refund, after, limit }: PaymentPage,
): Promise<ListedPayment[]> {
  const { rows } = await pool.query<ListedPayment>(
    `select ${paymentColumns} from payment.payments
     where ($1::text is null or status = $1) and ($2::uuid is null or (created_at, id) <
       (select created_at, id from payment.payments where id = $2))
       and ($4::text is null or refund ->> 'status' = $4)
     order by created_at desc, id desc limit $3`,
    [status, after, limit, refund],
  )
  return rows
}

export async function findPayment(pool: pg.Pool, id: string): Promise<ListedPayment | undefined> {
  const { rows } = await pool.query<ListedPayment>(
    `select ${paymentColumns} from payment.payments where id = $1`,
    [id],
  )
  return rows[0]
}

/** Payments that were or are to be given back, the last changed first. */
export async function listRefunds(
  pool: pg.Pool,
  { status, after, limit }: Page<RefundStatus>,
): Promise<ListedPayment[]> {
  const stored = status === 'refund_due' ? 'failed' : status
  const { rows } = await pool.query<ListedPayment>(
    `select ${paymentColumns} from payment.payments
     where refund_at is not null and ($1::text is null or refund ->> 'status' = $1)
       and ($2::uuid is null or (refund_at, id) <
         (select refund_at, id from payment.payments where id = $2))
     order by refund_at desc, id desc limit $3`,
    [stored, after, limit],
  )
  return rows
}

export type ListedWebhook = {
  id: string
  gateway: string
  status: WebhookStatus
  attempts: number
  receivedAt: Date
  retryAt: Date | null
  processedAt: Date | null
  error: string | null
  headers: Record<string, unknown>
  body: Buffer
}

const webhookColumns = `id, gateway, status, attempts, received_at as "receivedAt",
  retry_at as "retryAt", processed_at as "processedAt", error, headers, body`

export async function listWebhooks(
  pool: pg.Pool,
  { status, after, limit }: Page<WebhookStatus>,
): Promise<ListedWebhook[]> {
  const { rows } = await pool.query<ListedWebhook>(
    `select ${webhookColumns} from payment.webhooks
     where ($1::text is null or status = $1) and ($2::uuid is null or (received_at, id) <
       (select received_at, id from payment.webhooks where id = $2))
     order by received_at desc, id desc limit $3`,
    [status, after, limit],
  )
  return rows
}

export async function findWebhook(pool: pg.Pool, id: string): Promise<ListedWebhook | undefined> {
  const { rows } = await pool.query<ListedWebhook>(
    `select ${webhookColumns} from payment.webhooks where id = $1`,
    [id],
  )
  return rows[0]
}
