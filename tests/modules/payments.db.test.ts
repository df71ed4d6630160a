import assert from 'node:assert'
import { after, before, describe, test } from 'node:test'
import { toPublicId } from '../../src/kernel/id.ts'
import type { PaymentMethod } from '../../src/modules/payment/contract.ts'
import { newId } from '../../src/platform/ids.ts'
import { requestOf } from '../support/payment-request.ts'
import { callbackToken, openPaymentWorld, secretKey } from '../support/payment-world.ts'
import type { PaymentWorld } from '../support/payment-world.ts'

const day = 24 * 60 * 60 * 1000

let world: PaymentWorld
before(async () => {
  world = await openPaymentWorld()
})
after(() => world[Symbol.asyncDispose]())

async function requested(holdSeconds?: number) {
  const request = requestOf(holdSeconds)
  await world.send('payment.request', request)
  const { orderId, paymentId } = request
  const gatewayId = (await row(paymentId)).gateway_id as string
  return { request, orderId, paymentId, gatewayId, command: { orderId, paymentId } }
}

async function row(paymentId: string) {
  const { rows } = await world.pool.query('select * from payment.payments where id = $1', [
    paymentId,
  ])
  return rows[0] as Record<string, unknown>
}

const pay = (gatewayId: string, body: Record<string, unknown> = {}) =>
  world.callSandbox(`/web/${gatewayId}/pay`, body)

async function settled(channel = 'DANA') {
  const payment = await requested()
  await pay(payment.gatewayId, { channel })
  await world.settle()
  return payment
}

const refundOf = ({ request }: Awaited<ReturnType<typeof requested>>) => ({
  orderId: request.orderId,
  paymentId: request.paymentId,
  amount: request.amount,
  currency: request.currency,
  reason: 'The buyer gave the tickets back.',
})

async function invoicesOf(paymentId: string) {
  const { body } = await world.callSandbox(`/v2/invoices?external_id=${paymentId}`)
  return body as unknown as Record<string, unknown>[]
}

function deliver(body: unknown, headers: Record<string, string> = {}) {
  return world.server.inject({
    method: 'POST',
    url: '/v1/webhooks/xendit',
    headers: {
      'content-type': 'application/json',
      'x-callback-token': callbackToken,
      'webhook-id': newId(),
      ...headers,
    },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

async function webhooks(status: string) {
  const response = await world.server.inject({
    url: `/v1/webhooks?status=${status}&limit=100`,
    headers: { authorization: 'Bearer admin' },
  })
  assert.equal(response.statusCode, 200, response.body)
  return (response.json() as { webhooks: Record<string, unknown>[] }).webhooks
}

describe('paying', () => {
  test('an order is asked for, paid on the hosted page and settled once', async () => {
    const { orderId, paymentId, gatewayId, request } = await requested()
    assert.deepEqual(await world.sent(orderId), ['requested'])
    const { rows } = await world.pool.query(
      `select data from payment.outbox where key = $1 and type = 'payment.requested'`,
      [orderId],
    )
    const { instructions, expiresAt } = rows[0].data
    assert.equal(instructions.checkoutUrl, `${world.publicUrl}/sandbox/xendit/web/${gatewayId}`)
    assert.ok(Math.abs(Date.parse(expiresAt) - world.clock().getTime() - 900_000) < 5_000)

    const page = await fetch(instructions.checkoutUrl).then((response) => response.text())
    assert.match(page, /Rp\s250\.000/)
    assert.match(page, new RegExp(toPublicId('order', orderId).slice(6)))
    assert.match(page, /&lt;script&gt;/)
    assert.doesNotMatch(page, /<script|<b>Test/)

    const paid = await fetch(`${instructions.checkoutUrl}/pay`, {
      method: 'POST',
      body: new URLSearchParams({ channel: 'QRIS' }),
    })
    assert.equal(paid.url, instructions.checkoutUrl)
    assert.match(await paid.text(), /Sudah dibayar/)
    await world.settle()
    assert.deepEqual(await world.sent(orderId), ['requested', 'settled'])
    assert.deepEqual((await row(paymentId)).paid, { amount: request.amount, currency: 'IDR' })
    assert.deepEqual(
      (await world.payment.api.paymentsOf(orderId)).map(({ status, amount }) => [status, amount]),
      [['settled', 250_000]],
    )
  })

  test('a repeated request asks for nothing twice', async () => {
    const { request, orderId, paymentId } = await requested()
    await world.send('payment.request', request)
    assert.deepEqual(await world.sent(orderId), ['requested'])
    assert.equal((await invoicesOf(paymentId)).length, 1)
  })

  test('an invoice whose answer was lost is found again, not created twice', async () => {
    const request = requestOf()
    world.sandbox.dropNextCreateAnswer()
    await assert.rejects(world.send('payment.request', request), /xendit POST \/v2\/invoices/)
    assert.equal((await row(request.paymentId)).status, 'requested')
    await world.send('payment.request', request)
    assert.deepEqual(await world.sent(request.orderId), ['requested'])
    assert.equal((await invoicesOf(request.paymentId)).length, 1)
  })

  test('a payment the reconciler finds half created becomes open', async () => {
    const request = requestOf()
    world.sandbox.dropNextCreateAnswer()
    await assert.rejects(world.send('payment.request', request))
    world.passSeconds(301)
    await world.reconcile()
    assert.deepEqual(await world.sent(request.orderId), ['requested'])
  })

  test('a payment the gateway refuses has failed, with the gateway own code', async () => {
    const request = requestOf(400 * 24 * 60 * 60)
    await world.send('payment.request', request)
    const { rows } = await world.pool.query('select data from payment.outbox where key = $1', [
      request.orderId,
    ])
    assert.equal(rows[0].data.reason, 'API_VALIDATION_ERROR')
  })

  test('a payment by a gateway that is not there fails', async () => {
    const request = { ...requestOf(), gateway: 'treasure-chest' }
    await world.send('payment.request', request)
    assert.deepEqual(await world.sent(request.orderId), ['failed'])
  })

  test('paying too little is parked for a person and never settled', async () => {
    const { orderId, paymentId, gatewayId, command } = await requested()
    await pay(gatewayId, { amount: 249_999 })
    await world.settle()
    assert.deepEqual(await world.sent(orderId), ['requested', 'mismatched'])
    const listed = await world.server.inject({
      url: '/v1/payments?status=mismatch',
      headers: { authorization: 'Bearer admin' },
    })
    const { payments } = listed.json() as { payments: { paymentId: string; paid: unknown }[] }
    const parked = payments.find((p) => p.paymentId === toPublicId('payment', paymentId))
    assert.deepEqual(parked?.paid, { amount: 249_999, currency: 'IDR' })

    await world.send('payment.cancel', command)
    assert.deepEqual(await world.sent(orderId), ['requested', 'mismatched', 'expired'])
    assert.equal((await row(paymentId)).status, 'mismatch')
  })

  test('money that comes after the end is reported like any other', async () => {
    const { orderId, gatewayId } = await requested(60)
    world.passSeconds(61)
    await world.settle()
    assert.deepEqual(await world.sent(orderId), ['requested', 'expired'])
    const late = await pay(gatewayId, { late: true, channel: 'BCA' })
    assert.equal(late.body['status'], 'EXPIRED')
    await world.settle()
    assert.deepEqual(await world.sent(orderId), ['requested', 'expired', 'settled'])
  })
})

describe('cancelling', () => {
  test('closes the invoice at the gateway', async () => {
    const { orderId, gatewayId, command } = await requested()
    await world.send('payment.cancel', command)
    assert.deepEqual(await world.sent(orderId), ['requested', 'expired'])
    assert.equal((await pay(gatewayId)).status, 409)
    await world.settle()
    assert.deepEqual(await world.sent(orderId), ['requested', 'expired'])
  })

  test('loses against a payment that came first, whose webhook is still on its way', async () => {
    const { orderId, gatewayId, command } = await requested()
    await pay(gatewayId)
    await world.send('payment.cancel', command)
    assert.deepEqual(await world.sent(orderId), ['requested', 'settled'])
    await world.settle()
    assert.deepEqual(await world.sent(orderId), ['requested', 'settled'])
  })

  test('either wins or loses against a payment at the same moment, never both', async () => {
    for (let round = 0; round < 10; round++) {
      const { orderId, gatewayId, command } = await requested()
      const [paid] = await Promise.all([pay(gatewayId), world.send('payment.cancel', command)])
      await world.settle()
      const outcome = paid.status === 200 ? 'settled' : 'expired'
      assert.deepEqual(await world.sent(orderId), ['requested', outcome])
    }
  })

  test('before the request arrives makes the request do nothing', async () => {
    const request = requestOf()
    const { orderId, paymentId } = request
    await world.send('payment.cancel', { orderId, paymentId })
    await world.send('payment.request', request)
    assert.deepEqual(await world.sent(orderId), ['expired', 'expired'])
    assert.deepEqual(await invoicesOf(paymentId), [])
    assert.deepEqual(await world.payment.api.paymentsOf(orderId), [])
  })

  test('while the gateway creates the invoice closes the invoice when it is there', async () => {
    const request = requestOf()
    const { orderId, paymentId } = request
    world.sandbox.dropNextCreateAnswer()
    await assert.rejects(world.send('payment.request', request))
    await world.send('payment.cancel', { orderId, paymentId })
    assert.deepEqual(await world.sent(orderId), ['expired'])
    assert.equal((await invoicesOf(paymentId))[0]?.['status'], 'EXPIRED')
  })
})

describe('giving money back', () => {
  test('is reported once the gateway has done it', async () => {
    const payment = await settled()
    await world.send('payment.refund', refundOf(payment))
    assert.deepEqual(await world.sent(payment.orderId), ['requested', 'settled'])
    world.passSeconds(3)
    await world.settle()
    assert.deepEqual(await world.sent(payment.orderId), ['requested', 'settled', 'refunded'])
  })

  test('twice gives it back once', async () => {
    const payment = await settled()
    await Promise.all([1, 2].map(() => world.send('payment.refund', refundOf(payment))))
    const { body } = await world.callSandbox(`/refunds?invoice_id=${payment.gatewayId}`)
    assert.equal((body['data'] as unknown[]).length, 1)
  })

  test('is found by the reconciler when the webhook never comes', async () => {
    const payment = await settled()
    await world.send('payment.refund', refundOf(payment))
    world.passSeconds(3)
    await world.settle()
    await world.pool.query(
      `update payment.payments set check_at = $2,
      refund = '{"status":"requested","amount":250000}' where id = $1`,
      [payment.paymentId, world.clock()],
    )
    await world.reconcile()
    assert.equal(((await row(payment.paymentId)).refund as { status: string }).status, 'done')
  })

  test('of a virtual account cannot be done by the gateway', async () => {
    const payment = await settled('BCA')
    await world.send('payment.refund', refundOf(payment))
    assert.deepEqual(await world.sent(payment.orderId), ['requested', 'settled', 'refund-failed'])
    assert.deepEqual((await row(payment.paymentId)).refund, {
      status: 'failed',
      amount: 250_000,
      reason: 'REFUND_NOT_SUPPORTED',
    })
  })

  test('is listed for an admin by how it stands', async () => {
    const payment = await settled('BCA')
    await world.send('payment.refund', refundOf(payment))
    await settled()
    const list = async (query: string) => {
      const headers = { authorization: 'Bearer admin' }
      const url = `/v1/payments?limit=100&${query}`
      return world.server.inject({ url, headers })
    }
    const { payments } = (await list('refund=failed')).json() as {
      payments: { paymentId: string; refund: { status: string } }[]
    }
    const paymentId = toPublicId('payment', payment.paymentId)
    assert.ok(payments.some((listed) => listed.paymentId === paymentId))
    assert.deepEqual(new Set(payments.map(({ refund }) => refund.status)), new Set(['failed']))
    assert.deepEqual((await list('refund=failed&status=mismatch')).json().payments, [])
    assert.equal((await list('refund=lost')).statusCode, 400)
  })
})

describe('the webhook inbox', () => {
  test('takes a repeated webhook and does nothing more', async () => {
    const { orderId, gatewayId, paymentId } = await requested()
    await pay(gatewayId)
    const body = { id: gatewayId, external_id: paymentId, status: 'PAID' }
    const headers = { 'webhook-id': newId() }
    for (let times = 0; times < 3; times++) {
      assert.equal((await deliver(body, headers)).statusCode, 200)
    }
    await world.settle()
    assert.deepEqual(await world.sent(orderId), ['requested', 'settled'])
  })

  test('refuses a forged webhook, and notes it without its secret', async () => {
    const { orderId, gatewayId, paymentId } = await requested()
    const body = { id: gatewayId, external_id: paymentId, status: 'PAID' }
    const headers = { 'webhook-id': newId() }
    for (const token of ['guessed-token', '', `${callbackToken}x`]) {
      const refused = await deliver(body, { ...headers, 'x-callback-token': token })
      assert.equal(refused.statusCode, 401)
      assert.equal(refused.json().code, 'webhook-not-authentic')
    }
    const noted = await webhooks('refused')
    assert.equal(noted.length, 3)
    assert.doesNotMatch(JSON.stringify(noted), /guessed-token/)
    const replay = await world.server.inject({
      method: 'POST',
      url: `/v1/webhooks/${String(noted[0]?.['webhookId'])}/replay`,
      headers: { authorization: 'Bearer admin' },
    })
    assert.equal(replay.json().code, 'webhook-was-refused')

    // A forgery does not take the place of the real one.
    await pay(gatewayId)
    await deliver(body, headers)
    await world.settle()
    assert.deepEqual(await world.sent(orderId), ['requested', 'settled'])
  })

  test('does not note forgeries without end', async () => {
    for (let i = 0; i < 110; i++) await deliver('x', { 'x-callback-token': 'no' })
    const { rows } = await world.pool.query(
      `select count(*) as refused from payment.webhooks where status = 'refused'`,
    )
    assert.ok(rows[0].refused <= 100)
  })

  test('forgets forgeries after a week, processed webhooks after 90 days, idle ones after 30', async () => {
    const keep = (status: string, daysAgo: number, more = { count: 1, isDue: false }) =>
      world.pool.query(
        `insert into payment.webhooks
           (id, gateway, provider_key, body, headers, status, received_at, retry_at)
         select gen_random_uuid(), 'old', $1 || $2 || n, '', '{}', $1, at, case when $5 then at end
         from generate_series(1, $4::int) as n, cast($3 as timestamptz) as at`,
        [
          status,
          daysAgo,
          new Date(world.clock().getTime() - daysAgo * day),
          more.count,
          more.isDue,
        ],
      )
    await keep('refused', 6.9)
    await keep('refused', 7.1)
    await keep('processed', 89.9)
    await keep('processed', 90.1)
    await keep('processed', 90.2, { count: 1, isDue: true })
    await keep('ignored', 29.9)
    await keep('ignored', 30.1)
    await keep('malformed', 30.1)
    await keep('unconfirmed', 400)
    await keep('failed', 400)
    const kept = async () => {
      const { rows } = await world.pool.query<{ key: string }>(
        `select provider_key as key from payment.webhooks where gateway = 'old' order by key`,
      )
      return rows.map(({ key }) => key)
    }
    const task = world.payment.tasks.find(({ name }) => name === 'payment.forget-old-webhooks')
    assert(task)
    assert.equal(task.everyMillis, 60 * 60 * 1000)
    const forget = () => task.run(new AbortController().signal)
    await forget()
    const staying = [
      'failed4001',
      'ignored29.91',
      'processed89.91',
      'processed90.21',
      'refused6.91',
      'unconfirmed4001',
    ]
    assert.deepEqual(await kept(), staying)

    await keep('processed', 91, { count: 10_001, isDue: false })
    await forget()
    assert.deepEqual(await kept(), staying, 'however many there are')
    await world.pool.query(`delete from payment.webhooks where gateway = 'old'`)
  })

  test('does not believe a webhook that the gateway does not confirm', async () => {
    const { orderId, gatewayId, paymentId } = await requested()
    await deliver({ id: gatewayId, external_id: paymentId, status: 'PAID', paid_amount: 250_000 })
    await world.settle()
    assert.deepEqual(await world.sent(orderId), ['requested'])
    assert.equal((await webhooks('unconfirmed')).length, 1)
  })

  test('does not settle a payment with the invoice of another', async () => {
    const cheap = await settled()
    const { orderId, paymentId } = await requested()
    await deliver({ id: cheap.gatewayId, external_id: paymentId, status: 'PAID' })
    await world.settle()
    assert.deepEqual(await world.sent(orderId), ['requested'])
  })

  test('keeps a webhook about a payment it does not know, and tries again', async () => {
    const request = requestOf()
    const { paymentId, orderId } = request
    const early = await world.gateway.create({
      ...request,
      returnUrl: 'https://shop.example',
      at: world.clock(),
    })
    assert(early.ok)
    await pay(early.value.gatewayId)
    await world.settle()
    assert.equal((await webhooks('unknown')).length, 1)

    // The request comes, and loses its answer to the same invoice.
    await world.pool.query(
      `insert into payment.payments (id, reference, order_id, status, event_id, gateway, account,
         method, amount, currency, refund, created_at, history)
       values ($1, $1, $2, 'requested', $1, 'xendit', 'sandbox', 'invoice', 250000, 'IDR',
         '{"status":"none"}', now(), '[]')`,
      [paymentId, orderId],
    )
    world.passSeconds(61)
    await world.reconcile()
    assert.deepEqual(await webhooks('unknown'), [])
    assert.deepEqual(await world.sent(orderId), ['settled'])
  })

  test('keeps what makes no sense and answers at once', async () => {
    for (const body of [
      '',
      'not json',
      '[]',
      'null',
      '"x"',
      '{"id":1}',
      '\0',
      '{"event":"refund.x"}',
    ]) {
      assert.equal((await deliver(body)).statusCode, 200, body)
    }
    await world.settle()
    assert.equal((await webhooks('malformed')).length, 8)
    assert.equal((await deliver({ event: 'payment.capture', data: {} })).statusCode, 200)
    await world.settle()
    assert.equal((await webhooks('ignored')).length, 1)
  })

  test('is read and replayed by admins only', async () => {
    const path = `/v1/webhooks/${toPublicId('webhook', newId())}/replay`
    const call = (authorization: string | undefined) =>
      world.server.inject({
        method: 'POST',
        url: path,
        ...(authorization ? { headers: { authorization } } : {}),
      })
    assert.equal((await call(undefined)).statusCode, 401)
    assert.equal((await call('Bearer buyer')).statusCode, 403)
    assert.equal((await call('Bearer admin')).json().code, 'webhook-not-found')
    for (const url of ['/v1/webhooks', '/v1/payments']) {
      const headers = { authorization: 'Bearer buyer' }
      assert.equal((await world.server.inject({ url, headers })).statusCode, 403)
    }
  })

  test('processes a webhook again when an admin replays it', async () => {
    const { orderId, gatewayId, paymentId } = await requested()
    await deliver({ id: gatewayId, external_id: paymentId, status: 'PAID', marker: orderId })
    await world.settle()
    const all = await webhooks('unconfirmed')
    const kept = all.find((webhook) => String(webhook['body']).includes(orderId))
    await pay(gatewayId)
    const replayed = await world.server.inject({
      method: 'POST',
      url: `/v1/webhooks/${String(kept?.['webhookId'])}/replay`,
      headers: { authorization: 'Bearer admin' },
    })
    assert.equal(replayed.statusCode, 200, replayed.body)
    assert.equal(replayed.json().status, 'processed')
    assert.deepEqual(await world.sent(orderId), ['requested', 'settled'])
  })
})

describe('reconciliation', () => {
  test('settles a payment whose webhook never came', async () => {
    const { orderId, gatewayId } = await requested()
    await pay(gatewayId)
    world.passSeconds(301)
    await world.reconcile()
    assert.deepEqual(await world.sent(orderId), ['requested', 'settled'])
  })

  test('expires a payment whose end nobody told', async () => {
    const { orderId } = await requested(60)
    world.passSeconds(121)
    await world.pool.query(`update sandbox.payments set status = 'expired' where expires_at < $1`, [
      world.clock(),
    ])
    await world.reconcile()
    assert.deepEqual(await world.sent(orderId), ['requested', 'expired'])
  })
})

test('methods are listed for everyone', async () => {
  const listed = async (query = '') => {
    const response = await world.server.inject({ url: `/v1/payment-methods${query}` })
    return (response.json() as { methods: PaymentMethod[] }).methods
  }
  const methods = await listed()
  assert.deepEqual(methods, world.payment.api.methods())
  assert.deepEqual(methods[0], {
    gateway: 'xendit',
    method: 'invoice',
    channel: null,
    currency: 'IDR',
    amountMin: 1,
    amountMax: 50_000_000,
    expirySecondsMin: 60,
    expirySecondsMax: 31_536_000,
    refundable: 'full',
  })
  const channelsFor = async (amount: number) =>
    (await listed(`?amount=${amount}`)).map(({ channel }) => channel)
  assert.equal((await channelsFor(9_999)).includes('bca'), false)
  assert.equal((await channelsFor(10_000)).includes('bca'), true)
  assert.deepEqual(await channelsFor(50_000_001), [])
})

test('pages through payments, newest first', async () => {
  const headers = { authorization: 'Bearer admin' }
  const seen: string[] = []
  let cursor: string | null = ''
  do {
    const url: string = `/v1/payments?limit=7${cursor ? `&cursor=${cursor}` : ''}`
    const page = (await world.server.inject({ url, headers })).json()
    seen.push(...page.payments.map((p: { paymentId: string }) => p.paymentId))
    cursor = page.nextCursor
  } while (cursor)
  const { rows } = await world.pool.query('select count(*) as count from payment.payments')
  assert.equal(new Set(seen).size, rows[0].count)
  assert.equal(seen.length, rows[0].count)
})

test('no secret is logged, kept or shown', async () => {
  const { rows } = await world.pool.query(
    `select (select string_agg(encode(body, 'escape') || headers, ' ')
             from payment.webhooks) as webhooks,
            (select string_agg(p::text, ' ') from payment.payments p) as payments`,
  )
  const everything = JSON.stringify(rows) + world.logged.join('')
  assert(everything.includes('external_id'), 'there is something to look at')
  const basic = Buffer.from(`${secretKey}:`).toString('base64')
  for (const secret of [secretKey, callbackToken, basic]) assert(!everything.includes(secret))
})
