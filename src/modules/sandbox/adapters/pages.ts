import formbody from '@fastify/formbody'
import { Type } from 'typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { err, type Result } from '../../../kernel/result.ts'
import type { Http } from '../../../platform/module.ts'
import { newId } from '../../../platform/ids.ts'
import { channels, expire, pay, type Channel, type Invoice } from '../domain/invoice.ts'
import { invoiceOnWire } from '../domain/wire.ts'
import type { SandboxPorts } from '../ports.ts'
import { invoicePage, notFoundPage } from './page.ts'
import { answerErrorsLikeXendit, refuseLikeXendit } from './xendit-errors.ts'

const config = { access: 'own-credentials' } as const
const schema = { hide: true, params: Type.Object({ id: Type.String({ maxLength: 100 }) }) }

/**
 * The hosted page of an invoice, and what its buttons do. The same addresses take JSON and then
 * answer JSON. Whoever knows an invoice's id may pay it: no money moves here.
 */
export function hostedPages(http: Http, ports: SandboxPorts): void {
  answerErrorsLikeXendit(http)
  http.register(formbody)

  http.get('/web/:id', { config, schema }, async (request, reply) => {
    const invoice = await ports.invoices.find(request.params.id)
    asPage(reply)
    if (!invoice) return reply.code(404).send(notFoundPage())
    return invoicePage(invoice, ports.merchant, ports.clock())
  })

  http.post('/web/:id/pay', { config, schema }, async (request, reply) => {
    const paid = await payInvoice(ports, request.params.id, request.body)
    return afterButton(request, reply, { result: paid, merchant: ports.merchant })
  })

  http.post('/web/:id/expire', { config, schema }, async (request, reply) => {
    const { id } = request.params
    const expired = await ports.invoices.update(id, (current) => expire(current, ports.clock()))
    return afterButton(request, reply, { result: expired, merchant: ports.merchant })
  })
}

type Refusal = {
  kind: 'invoice-not-found' | 'invoice-not-payable' | 'invoice-not-pending' | 'invalid-payment'
}

/**
 * Pays with `channel`, by default DANA, and by default the whole amount. `late` pays an invoice
 * that is over, as a bank may.
 */
async function payInvoice(
  ports: SandboxPorts,
  id: string,
  body: unknown,
): Promise<Result<Invoice, Refusal>> {
  const { amount, channel = 'DANA', late } = (body ?? {}) as Record<string, unknown>
  // A form sends text. An object may refuse to become a number by throwing.
  const isGiven = amount !== undefined && amount !== ''
  const isScalar = typeof amount === 'number' || typeof amount === 'string'
  const given = isGiven ? Number(isScalar ? amount : NaN) : undefined
  const isSane = given === undefined || (given > 0 && given <= 1e12)
  if (!isSane || !isChannel(channel)) return err({ kind: 'invalid-payment' })
  return ports.invoices.update<Refusal>(id, (current) =>
    pay(
      current,
      {
        paymentId: newId(),
        amount: given ?? current?.amount ?? 0,
        channel,
        late: late === true || late === 'true',
      },
      ports.clock(),
    ),
  )
}

const isChannel = (value: unknown): value is Channel =>
  typeof value === 'string' && Object.hasOwn(channels, value)

const refusalStatus: Record<Refusal['kind'], number> = {
  'invoice-not-found': 404,
  'invoice-not-payable': 409,
  'invoice-not-pending': 409,
  'invalid-payment': 400,
}

function afterButton(
  request: FastifyRequest,
  reply: FastifyReply,
  { result, merchant }: { result: Result<Invoice, Refusal>; merchant: SandboxPorts['merchant'] },
): FastifyReply {
  const { id } = request.params as { id: string }
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  // Whatever became of it, the page says how the invoice stands now.
  if (isForm) return reply.redirect(`../${encodeURIComponent(id)}`, 303)
  if (result.ok) return reply.send(invoiceOnWire(result.value, merchant))
  const { kind } = result.error
  const code = kind.replaceAll('-', '_').toUpperCase()
  return refuseLikeXendit(reply, refusalStatus[kind], [code, 'The invoice was left as it is.'])
}

function asPage(reply: FastifyReply): void {
  reply.type('text/html; charset=utf-8').headers({
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  })
}
