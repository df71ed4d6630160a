import formbody from '@fastify/formbody'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { err, type Result } from '../../../../kernel/result.ts'
import type { Http } from '../../../../platform/module.ts'
import { fieldsOf } from '../../domain/fields.ts'
import { end, type GatewayName, type Json, type Payment } from '../../domain/payment.ts'
import type { SandboxPorts } from '../../ports.ts'
import { changePayment } from '../../use-cases/change-payment.ts'
import { chooseOnSnap, payPayment, type PayRefusal } from '../../use-cases/pay-payment.ts'
import { paymentOnOwnWire } from '../on-wire.ts'
import { both, html, money, sendPage } from './html.ts'
import { bankOf } from '../../domain/xendit/channels.ts'
import { bankForm, notFoundPage, paymentPage } from './payment-page.ts'

const route = { config: { access: 'own-credentials' }, schema: { hide: true } } as const

type Where = { gateway: GatewayName; path: string }

/**
 * The hosted pages, and what their buttons do. The same addresses take JSON and then answer JSON.
 * Whoever knows a payment's id may pay it: no money moves here.
 */
export function hostedPages(http: Http, ports: SandboxPorts): void {
  http.register(formbody)
  http.addHook('onRequest', () => ports.controls.ready())
  answerMistakes(http)
  pagesOf(http, ports, { gateway: 'xendit', path: '/xendit/web' })
  pagesOf(http, ports, { gateway: 'midtrans', path: '/midtrans/web' })
  pagesOf(http, ports, { gateway: 'midtrans', path: '/midtrans/snap/v3/redirection' })
  bankPage(http, ports)
}

function answerMistakes(http: Http): void {
  http.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500
    if (status === 500) request.log.error({ err: error }, 'sandbox page failed')
    const error_code = status < 500 ? 'INVALID_JSON_FORMAT' : 'SERVER_ERROR'
    return reply.code(status).send({ error_code, message: 'The request was not understood.' })
  })
}

const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id

function pagesOf(http: Http, ports: SandboxPorts, { gateway, path }: Where): void {
  const find = async (request: FastifyRequest) => {
    const found = await ports.payments.find(idOf(request))
    return found?.gateway === gateway ? found : undefined
  }
  http.get(`${path}/:id`, route, async (request, reply) => {
    const payment = await find(request)
    if (!payment) return sendPage(reply, '404', notFoundPage, 404)
    const hasFailed = fieldsOf(request.query)['failed'] !== undefined
    const page = await paymentPage(payment, ports.merchant, { now: ports.clock(), hasFailed })
    return sendPage(reply, ports.merchant.name, page)
  })

  http.post(`${path}/:id/pay`, route, async (request, reply) => {
    const payment = await find(request)
    const paying = readPaying(request.body)
    if (payment?.kind === 'snap' && paying) {
      const chosen = await chooseOnSnap(ports, payment, paying.channel ?? 'gopay')
      const url = chosen.ok ? `../../../../web/${chosen.value.id}` : undefined
      return afterButton(request, reply, { result: chosen, ports, ...(url && { url }) })
    }
    const result = !payment
      ? err({ kind: 'payment-not-found' as const })
      : paying
        ? await payPayment(ports, payment, paying)
        : err({ kind: 'invalid-payment' as const })
    return afterButton(request, reply, { result, ports })
  })

  for (const [what, status] of [
    ['fail', 'failed'],
    ['expire', 'expired'],
  ] as const) {
    http.post(`${path}/:id/${what}`, route, async (request, reply) => {
      const payment = await find(request)
      // On a page with a choice the payer may simply try again, and the merchant hears nothing.
      const isTry = status === 'failed' && payment?.channel === null
      if (isTry && payment) {
        const url = `../${encodeURIComponent(payment.id)}?failed=1`
        return afterButton(request, reply, { result: { ok: true, value: payment }, ports, url })
      }
      const now = ports.clock()
      const result = payment
        ? await changePayment(ports, payment, (current) => end(current, status, now))
        : err({ kind: 'payment-not-found' as const })
      return afterButton(request, reply, { result, ports })
    })
  }
}

/** A form sends text. An object may refuse to become a number by throwing. */
function readPaying(body: unknown) {
  const { amount, channel, late } = fieldsOf(body)
  const isScalar = typeof amount === 'number' || typeof amount === 'string'
  const given = amount === undefined || amount === '' ? undefined : Number(isScalar ? amount : NaN)
  if (channel !== undefined && typeof channel !== 'string') return undefined
  return { amount: given, channel, late: late === true || late === 'true' }
}

const refusalStatus: Record<PayRefusal['kind'] | 'not-pending', number> = {
  'payment-not-found': 404,
  'not-payable': 409,
  'not-pending': 409,
  'invalid-payment': 400,
}

type Pressed = {
  result: Result<Payment, { kind: keyof typeof refusalStatus }>
  ports: SandboxPorts
  url?: string
}

function afterButton(
  request: FastifyRequest,
  reply: FastifyReply,
  { result, ports, url }: Pressed,
): FastifyReply {
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  // Whatever became of it, the page says how the payment stands now.
  if (isForm) return reply.redirect(url ?? `../${encodeURIComponent(idOf(request))}`, 303)
  if (result.ok) return reply.send(paymentOnOwnWire(result.value, ports.merchant))
  const { kind } = result.error
  const error_code = kind.replaceAll('-', '_').toUpperCase()
  const body: Json = { error_code, message: 'The payment was left as it is.' }
  return reply.code(refusalStatus[kind]).send(body)
}

/** Where the holder of a virtual account number pays it. */
function bankPage(http: Http, ports: SandboxPorts): void {
  const find = async (given: unknown) => {
    const number = typeof given === 'string' ? given.replaceAll(/\D/g, '') : ''
    if (number === '') return undefined
    const found = await ports.payments.search({ number }, 20)
    const payment = found.find(({ status }) => status === 'pending') ?? found[0]
    if (payment) return { payment, bank: undefined }
    // The banks of an invoice show its one number behind their prefixes.
    const ours = { kind: 'invoice', number: number.slice(-12) } as const
    const [invoice] = await ports.payments.search(ours, 1)
    const bank = bankOf(number)
    return invoice && bank !== undefined ? { payment: invoice, bank } : undefined
  }

  http.get('/bank', route, async (request, reply) => {
    const { number } = fieldsOf(request.query)
    const { payment, bank } = (await find(number)) ?? {}
    const known =
      payment &&
      html`<p class="total">${money(payment.amount, payment.currency)}</p>
        <p><a href="${payment.gateway}/web/${payment.id}">${payment.reference}</a></p>
        ${bankForm(`${payment.gateway}/web/${payment.id}/pay`, payment.amount, bank)}`
    const unknown =
      number !== undefined &&
      html`<p class="over">${both('Nomor tidak dikenal.', 'Unknown number.')}</p>`
    return sendPage(
      reply,
      'Bank',
      html`<h1>Bank</h1>
        <form method="get" action="bank">
          <label
            >${both('Nomor virtual account', 'Virtual account number')}<input
              name="number"
              inputmode="numeric"
              required
              value="${number}"
          /></label>
          <button class="quiet">${both('Cari', 'Find')}</button>
        </form>
        ${known ?? unknown}`,
    )
  })
}
