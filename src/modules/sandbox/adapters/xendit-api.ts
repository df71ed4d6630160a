import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { ok } from '../../../kernel/result.ts'
import type { Http } from '../../../platform/module.ts'
import { newId } from '../../../platform/ids.ts'
import { createInvoice } from '../domain/create-invoice.ts'
import {
  expire,
  refund,
  refundByKey,
  type Refund,
  type RefundRefusal,
  type RefundRequest,
} from '../domain/invoice.ts'
import { invoiceOnWire, refundOnWire } from '../domain/wire.ts'
import type { SandboxPorts } from '../ports.ts'
import { answerErrorsLikeXendit, refuseLikeXendit } from './xendit-errors.ts'

export type XenditApiOptions = {
  secretKey: string
  /** True once when the next created invoice is to be kept but not answered. */
  takeDroppedAnswer(): boolean
}

const config = { access: 'own-credentials' } as const
const hidden = { hide: true } as const
const byId = { ...hidden, params: Type.Object({ id: Type.String({ maxLength: 100 }) }) }

/** Xendit's invoices and refunds, answered from our own tables. */
export function xenditApi(http: Http, ports: SandboxPorts, options: XenditApiOptions): void {
  answerErrorsLikeXendit(http)
  const expected = digest(`Basic ${Buffer.from(`${options.secretKey}:`).toString('base64')}`)
  http.addHook('onRequest', async (request, reply) => {
    const given = digest(request.headers.authorization ?? '')
    if (!timingSafeEqual(given, expected)) {
      return refuseLikeXendit(reply, 401, ['INVALID_API_KEY', 'The API key is not valid.'])
    }
  })
  creating(http, ports, options)
  readingInvoices(http, ports)
  expiring(http, ports)
  refunding(http, ports)
  readingRefunds(http, ports)
}

const digest = (text: string): Buffer => hash('sha256', text, 'buffer')

function creating(http: Http, ports: SandboxPorts, options: XenditApiOptions): void {
  for (const path of ['/v2/invoices', '/v2/invoices/']) {
    http.post(path, { config, schema: hidden }, async (request, reply) => {
      const id = randomBytes(12).toString('hex')
      const created = createInvoice(request.body, id, ports.clock())
      if (!created.ok) {
        const { kind, errors } = created.error
        return refuseLikeXendit(reply, 400, [kind, 'There is an error with the format', errors])
      }
      const invoice = created.value
      await ports.invoices.update(id, () => ok({ state: invoice, messages: [] }))
      if (options.takeDroppedAnswer()) {
        reply.hijack()
        request.raw.socket.destroy()
        return reply
      }
      return invoiceOnWire(invoice, ports.merchant)
    })
  }
}

const invoiceQuery = Type.Object({
  external_id: Type.Optional(Type.String({ maxLength: 255 })),
  statuses: Type.Optional(Type.Array(Type.String({ maxLength: 20 }), { maxItems: 10 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
})

function readingInvoices(http: Http, ports: SandboxPorts): void {
  http.get('/v2/invoices/:id', { config, schema: byId }, async (request, reply) => {
    const invoice = await ports.invoices.find(request.params.id)
    return invoice ? invoiceOnWire(invoice, ports.merchant) : invoiceNotFound(reply)
  })

  const schema = { ...hidden, querystring: invoiceQuery }
  http.get('/v2/invoices', { config, schema }, async (request) => {
    const { external_id, statuses, limit } = request.query
    const invoices = await ports.invoiceSearch.byExternalId(external_id, limit ?? 10)
    return invoices
      .filter(({ status }) => !statuses || statuses.includes(status))
      .map((invoice) => invoiceOnWire(invoice, ports.merchant))
  })
}

function expiring(http: Http, ports: SandboxPorts): void {
  http.post('/invoices/:id/expire!', { config, schema: byId }, async (request, reply) => {
    const { id } = request.params
    const expired = await ports.invoices.update(id, (current) => expire(current, ports.clock()))
    if (expired.ok) return invoiceOnWire(expired.value, ports.merchant)
    const message = `Could not find and update PENDING invoice ${id}`
    return refuseLikeXendit(reply, 404, ['INVOICE_NOT_FOUND_ERROR', message])
  })
}

const invoiceNotFound = (reply: FastifyReply) =>
  refuseLikeXendit(reply, 404, ['INVOICE_NOT_FOUND_ERROR', 'Invoice not found.'])

const refundBody = Type.Object({
  invoice_id: Type.String({ minLength: 1, maxLength: 100 }),
  reference_id: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  amount: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1e12 })),
  currency: Type.Optional(Type.String({ maxLength: 3 })),
  reason: Type.Enum(['FRAUDULENT', 'DUPLICATE', 'REQUESTED_BY_CUSTOMER', 'CANCELLATION', 'OTHERS']),
  metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})

/** How long a refund takes here. */
const refundMillis = 2_000

const refundStatus: Record<RefundRefusal['kind'], number> = {
  DATA_NOT_FOUND: 404,
  IDEMPOTENCY_ERROR: 409,
  INELIGIBLE_TRANSACTION_STATUS: 400,
  REFUND_NOT_SUPPORTED: 403,
  REFUND_IN_PROGRESS: 400,
  REFUND_AMOUNT_EXCEEDED: 400,
}

function refunding(http: Http, ports: SandboxPorts): void {
  const headers = Type.Object({
    'idempotency-key': Type.Optional(Type.String({ maxLength: 255 })),
  })
  const schema = { ...hidden, body: refundBody, headers }
  http.post('/refunds', { config, schema }, async (request, reply) => {
    const { body } = request
    const now = ports.clock()
    const asked: RefundRequest = {
      id: `rfd-${newId()}`,
      referenceId: body.reference_id ?? body.invoice_id,
      idempotencyKey: request.headers['idempotency-key'] ?? null,
      request: body,
      amount: body.amount,
      dueAt: new Date(now.getTime() + refundMillis),
    }
    const result = await ports.invoices.update(body.invoice_id, (i) => refund(i, asked, now))
    if (!result.ok) {
      const { kind } = result.error
      return refuseLikeXendit(reply, refundStatus[kind], [kind, 'The refund was refused.'])
    }
    const invoice = result.value
    const begun = refundByKey(invoice, asked.idempotencyKey) ?? invoice.refunds.at(-1)
    return refundOnWire(begun as Refund, invoice)
  })
}

function readingRefunds(http: Http, ports: SandboxPorts): void {
  http.get('/refunds/:id', { config, schema: byId }, async (request, reply) => {
    const found = await ports.invoiceSearch.byRefundId(request.params.id)
    if (!found) return refuseLikeXendit(reply, 404, ['DATA_NOT_FOUND', 'Refund not found.'])
    return refundOnWire(found.refund, found.invoice)
  })

  const querystring = Type.Object({ invoice_id: Type.String({ maxLength: 100 }) })
  http.get('/refunds', { config, schema: { ...hidden, querystring } }, async (request) => {
    const invoice = await ports.invoices.find(request.query.invoice_id)
    const refunds = invoice?.refunds.map((item) => refundOnWire(item, invoice)) ?? []
    return { data: refunds, has_more: false }
  })
}
