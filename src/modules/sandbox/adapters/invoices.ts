import type pg from 'pg'
import { newId } from '../../../platform/ids.ts'
import type { Queryable } from '../../../platform/postgres.ts'
import type { Persistence } from '../../../platform/postgres-store.ts'
import type { Invoice, Refund } from '../domain/invoice.ts'
import { webhooksOf, type Merchant } from '../domain/wire.ts'
import type { InvoiceSearch } from '../ports.ts'

export function invoicePersistence(merchant: Merchant): Persistence<Invoice> {
  return {
    schema: 'sandbox',
    name: 'invoice',
    load: async (client, id) => (await load(client, 'i.id = $1', [id], 1))[0],
    async save(client, invoice, previous) {
      await saveInvoice(client, invoice)
      for (const refund of invoice.refunds) await saveRefund(client, invoice.id, refund)
      for (const webhook of webhooksOf(previous, invoice, merchant)) {
        await client.query(
          `insert into sandbox.deliveries (id, payload, created_at, due_at) values ($1, $2, $3, $3)`,
          [newId(), webhook, invoice.updatedAt],
        )
      }
    },
  }
}

type InvoiceRow = {
  id: string
  external_id: string
  status: Invoice['status']
  amount: string
  currency: string
  request: Record<string, unknown>
  created_at: Date
  updated_at: Date
  expires_at: Date
  payment: Invoice['payment']
  refunds: (Omit<Refund, 'createdAt' | 'updatedAt' | 'dueAt'> & {
    createdAt: string
    updatedAt: string
    dueAt: string
  })[]
}

/** The newest invoices first. `condition` is written here, never by a caller of the API. */
async function load(
  client: Queryable,
  condition: string,
  values: unknown[],
  limit: number,
): Promise<Invoice[]> {
  const { rows } = await client.query<InvoiceRow>(
    `select i.*, coalesce((
       select json_agg(json_build_object('id', r.id, 'referenceId', r.reference_id,
         'idempotencyKey', r.idempotency_key, 'request', r.request, 'amount', r.amount,
         'status', r.status, 'createdAt', r.created_at, 'updatedAt', r.updated_at,
         'dueAt', r.due_at) order by r.created_at)
       from sandbox.refunds r where r.invoice_id = i.id), '[]') as refunds
     from sandbox.invoices i where ${condition} order by i.created_at desc limit ${limit}`,
    values,
  )
  return rows.map((row) => ({
    id: row.id,
    externalId: row.external_id,
    status: row.status,
    amount: Number(row.amount),
    currency: row.currency,
    request: row.request,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
    payment: row.payment,
    refunds: row.refunds.map((refund) => ({
      ...refund,
      createdAt: new Date(refund.createdAt),
      updatedAt: new Date(refund.updatedAt),
      dueAt: new Date(refund.dueAt),
    })),
  }))
}

async function saveInvoice(client: Queryable, invoice: Invoice): Promise<void> {
  await client.query(
    `insert into sandbox.invoices (id, external_id, status, amount, currency, request,
       created_at, updated_at, expires_at, payment)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (id) do update set status = excluded.status, updated_at = excluded.updated_at,
       expires_at = excluded.expires_at, payment = excluded.payment`,
    [
      invoice.id,
      invoice.externalId,
      invoice.status,
      invoice.amount,
      invoice.currency,
      invoice.request,
      invoice.createdAt,
      invoice.updatedAt,
      invoice.expiresAt,
      invoice.payment,
    ],
  )
}

async function saveRefund(client: Queryable, invoiceId: string, refund: Refund): Promise<void> {
  await client.query(
    `insert into sandbox.refunds (id, invoice_id, reference_id, idempotency_key, request, amount,
       status, created_at, updated_at, due_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (id) do update set status = excluded.status, updated_at = excluded.updated_at`,
    [
      refund.id,
      invoiceId,
      refund.referenceId,
      refund.idempotencyKey,
      refund.request,
      refund.amount,
      refund.status,
      refund.createdAt,
      refund.updatedAt,
      refund.dueAt,
    ],
  )
}

export function invoiceSearch(pool: pg.Pool): InvoiceSearch {
  return {
    byExternalId: (externalId, limit) =>
      load(pool, '$1::text is null or i.external_id = $1', [externalId], limit),

    async byRefundId(refundId) {
      const has = 'i.id = (select invoice_id from sandbox.refunds where id = $1)'
      const [invoice] = await load(pool, has, [refundId], 1)
      const refund = invoice?.refunds.find(({ id }) => id === refundId)
      return invoice && refund && { invoice, refund }
    },

    async due(at, countMax) {
      const { rows } = await pool.query<{ id: string }>(
        `(select id from sandbox.invoices where status = 'PENDING' and expires_at <= $1
          order by expires_at limit $2)
         union (select invoice_id from sandbox.refunds where status = 'PENDING' and due_at <= $1
          order by due_at limit $2)`,
        [at, countMax],
      )
      return rows.map((row) => row.id)
    },
  }
}
