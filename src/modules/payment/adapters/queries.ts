import type pg from 'pg'
import type { PaymentSnapshot } from '../contract.ts'
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

/** One page of a list, newest first; it goes on after the row `after`. */
type Page<Status> = { status: Status | undefined; after: string | undefined; limit: number }

export type ListedPayment = {
  id: string
  orderId: string
  status: Payment['status']
  gateway: string | null
  method: string | null
  amount: number | null
  currency: string | null
  gatewayId: string | null
  expiresAt: Date | null
  paid: Payment['paid']
  refund: Payment['refund']
  createdAt: Date
  history: Payment['history']
}

type PaymentPage = Page<Payment['status']> & { refund: Payment['refund']['status'] | undefined }

export async function listPayments(
  pool: pg.Pool,
  { status, refund, after, limit }: PaymentPage,
): Promise<ListedPayment[]> {
  const { rows } = await pool.query<ListedPayment>(
    `select id, order_id as "orderId", status, gateway, method, amount, currency,
            gateway_id as "gatewayId", expires_at as "expiresAt", paid, refund,
            created_at as "createdAt", history
     from payment.payments
     where ($1::text is null or status = $1) and ($2::uuid is null or (created_at, id) <
       (select created_at, id from payment.payments where id = $2))
       and ($4::text is null or refund ->> 'status' = $4)
     order by created_at desc, id desc limit $3`,
    [status, after, limit, refund],
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
