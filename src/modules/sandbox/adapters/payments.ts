import type pg from 'pg'
import type { Delivery } from '../domain/delivery.ts'
import { refundDueAt, type Payment } from '../domain/payment.ts'
import type { Payments, PaymentSearch } from '../ports.ts'
import { insertDeliveries, toDeliveryRow } from './deliveries.ts'

/** Every write is one statement, and so one transaction without a lock held between two calls. */
export function payments(pool: pg.Pool): Payments {
  const one = async (text: string, name: string, values: unknown[]) =>
    (await pool.query<{ kept: boolean }>({ name, text, values })).rows[0]!.kept

  return {
    create: (payment, deliveries) =>
      one(createText, 'sandbox.create', [...valuesOf(payment), rowsOf(deliveries)]),

    change: (payment, deliveries) =>
      one(changeText, 'sandbox.change', [
        payment.id,
        payment.version,
        payment.status,
        payment.updatedAt,
        payment.expiresAt,
        payment.money,
        JSON.stringify(payment.refunds),
        refundDueAt(payment),
        rowsOf(deliveries),
      ]),

    async find(id) {
      const text = 'select * from sandbox.payments where id = $1'
      const { rows } = await pool.query<PaymentRow>({ name: 'sandbox.find', text, values: [id] })
      return rows[0] && toPayment(rows[0])
    },

    search: (wanted, countMax) => search(pool, wanted, countMax),

    async due(at, countMax) {
      const { rows } = await pool.query<{ id: string }>({
        name: 'sandbox.due',
        text: `(select id from sandbox.payments where status = 'pending' and expires_at <= $1
          order by expires_at limit $2)
         union (select id from sandbox.payments where refund_due_at <= $1
          order by refund_due_at limit $2)`,
        values: [at, countMax],
      })
      return rows.map((row) => row.id)
    },
  }
}

const rowsOf = (deliveries: readonly Delivery[]): string =>
  JSON.stringify(deliveries.map(toDeliveryRow))

const createText = `with made as (
  insert into sandbox.payments (id, gateway, kind, reference, parent_id, status, amount, currency,
    channel, number, request, webhook_urls, created_at, updated_at, expires_at, money)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
  on conflict do nothing returning id
), told as (${insertDeliveries('$17', 'made')})
select exists (select from made) as kept`

const changeText = `with made as (
  update sandbox.payments set status = $3, updated_at = $4, expires_at = $5, money = $6,
    refunds = $7, refund_due_at = $8, version = version + 1
  where id = $1 and version = $2 returning id
), told as (${insertDeliveries('$9', 'made')})
select exists (select from made) as kept`

const valuesOf = (payment: Payment): unknown[] => [
  payment.id,
  payment.gateway,
  payment.kind,
  payment.reference,
  payment.parentId,
  payment.status,
  payment.amount,
  payment.currency,
  payment.channel,
  payment.number,
  payment.request,
  payment.webhookUrls,
  payment.createdAt,
  payment.updatedAt,
  payment.expiresAt,
  payment.money,
]

type PaymentRow = {
  id: string
  gateway: Payment['gateway']
  kind: Payment['kind']
  reference: string
  parent_id: string | null
  status: Payment['status']
  amount: string
  currency: string
  channel: string | null
  number: string | null
  request: Payment['request']
  webhook_urls: string[] | null
  created_at: Date
  updated_at: Date
  expires_at: Date
  money: Payment['money']
  refunds: Payment['refunds']
  version: number
}

const toPayment = (row: PaymentRow): Payment => ({
  id: row.id,
  gateway: row.gateway,
  kind: row.kind,
  reference: row.reference,
  parentId: row.parent_id,
  status: row.status,
  amount: Number(row.amount),
  currency: row.currency,
  channel: row.channel,
  number: row.number,
  request: row.request,
  webhookUrls: row.webhook_urls,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  expiresAt: row.expires_at,
  money: row.money,
  refunds: row.refunds,
  version: row.version,
})

async function search(pool: pg.Pool, wanted: PaymentSearch, countMax: number): Promise<Payment[]> {
  const values: unknown[] = [countMax]
  const conditions = Object.entries(wanted).map(([name, value]) => {
    values.push(name === 'refundId' ? JSON.stringify([{ id: value }]) : value)
    return `${conditionOf[name as keyof PaymentSearch]} $${values.length}`
  })
  const { rows } = await pool.query<PaymentRow>(
    `select * from sandbox.payments ${conditions.length > 0 ? 'where' : ''}
     ${conditions.join(' and ')} order by created_at desc limit $1`,
    values,
  )
  return rows.map(toPayment)
}

const conditionOf: Record<keyof PaymentSearch, string> = {
  gateway: 'gateway =',
  kind: 'kind =',
  reference: 'reference =',
  parentId: 'parent_id =',
  number: 'number =',
  refundId: `refunds <> '[]' and refunds @>`,
}
