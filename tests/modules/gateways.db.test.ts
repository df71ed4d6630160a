import assert from 'node:assert'
import { hash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { toPublicId } from '../../src/kernel/id.ts'
import { requestOf } from '../support/payment-request.ts'
import { openPaymentWorld, serverKey, type PaymentWorld } from '../support/payment-world.ts'
import { until } from '../support/shop.ts'

/** Every channel of both gateways, and what a person does about money, against the sandbox. */
let world: PaymentWorld
before(async () => {
  world = await openPaymentWorld()
})
after(() => world[Symbol.asyncDispose]())

type Choice = { gateway: string; method: string; channel: string | null }

async function requested(choice: Choice, holdSeconds = 900) {
  const request = { ...requestOf(holdSeconds), ...choice }
  await world.send('payment.request', request)
  return request
}

const row = async (paymentId: string) => {
  const { rows } = await world.pool.query('select * from payment.payments where id = $1', [
    paymentId,
  ])
  return rows[0] as Record<string, unknown> & { gateway_id: string; refund: { status: string } }
}

async function control(path: string, body: unknown = {}) {
  const response = await fetch(`${world.publicUrl}/sandbox/control${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  assert.ok(response.ok, `${path}: ${response.status} ${await response.clone().text()}`)
  return (await response.json()) as Record<string, unknown>
}

async function pay(
  { paymentId, method }: { paymentId: string; method: string },
  body: object = {},
) {
  const id = (await row(paymentId)).gateway_id.replace('snap:', '')
  const isPage = method === 'page' || method === 'invoice'
  await control(`/payments/${id}/pay`, { ...(isPage ? { channel: pageChannel } : {}), ...body })
}
let pageChannel = 'bca'

/** Pays as a buyer does, with the buttons of the sandbox's pages. */
async function payOnPage({ paymentId, gateway, method }: Choice & { paymentId: string }) {
  const id = (await row(paymentId)).gateway_id
  const isSnap = id.startsWith('snap:')
  const path = isSnap ? `snap/v3/redirection/${id.replace('snap:', '')}` : `web/${id}`
  const press = async (page: string, fields: Record<string, string> = {}) => {
    const shown = await fetch(page)
    assert.match(await shown.text(), /<form[^>]*pay"/, page)
    const body = new URLSearchParams(fields)
    return (await fetch(`${page}/pay`, { method: 'POST', body })).url
  }
  const choice = method === 'page' || method === 'invoice' ? { channel: pageChannel } : {}
  const next = await press(`${world.publicUrl}/sandbox/${gateway}/${path}`, choice)
  // On Snap's page the buyer chooses first.
  if (isSnap) await press(next)
}

async function settled(choice: Choice, body: object = {}) {
  const request = await requested(choice)
  await pay(request, body)
  await world.settle()
  return request
}

const admin = (method: 'GET' | 'POST', url: string, payload?: object) =>
  world.server.inject({
    method,
    url,
    headers: { authorization: 'Bearer admin' },
    ...(payload ? { payload } : {}),
  })

const refundOf = ({ orderId, paymentId, amount, currency }: ReturnType<typeof requestOf>) => ({
  orderId,
  paymentId,
  amount,
  currency,
  reason: 'Given back.',
})

type Claim = { orderId: string; transactionId: string; key?: string }

/** What Midtrans sends when money came, whether or not it did. */
function settlement({ orderId, transactionId, key = serverKey }: Claim) {
  const parts = [orderId, '200', '250000.00']
  return {
    transaction_id: transactionId,
    order_id: parts[0],
    status_code: parts[1],
    gross_amount: parts[2],
    transaction_status: 'settlement',
    fraud_status: 'accept',
    signature_key: hash('sha512', parts.join('') + key),
  }
}
const deliver = (payload: object) =>
  world.server.inject({ method: 'POST', url: '/v1/webhooks/midtrans', payload })

const midtransVa: Choice = { gateway: 'midtrans', method: 'va', channel: 'bca' }

describe('every channel', () => {
  test('is asked for, shown, paid on its page and settled', async () => {
    for (const { gateway, method, channel } of world.payment.api.methods()) {
      const choice = { gateway, method, channel }
      const name = `${gateway} ${method} ${channel}`
      pageChannel = gateway === 'xendit' ? 'BCA' : 'bca'
      const request = await requested(choice)
      const { instructions, status } = await row(request.paymentId)
      assert.equal(status, 'open', name)
      const shown = instructions as Record<string, string | null>
      if (method === 'va') assert.match(shown['vaNumber'] ?? '', /^\d+$/, name)
      if (method === 'qris') assert.ok(shown['qrString'], name)
      if (method === 'page' || method === 'invoice')
        assert.match(shown['checkoutUrl'] ?? '', /^http/)
      await payOnPage(request)
      await world.settle()
      assert.deepEqual(await world.sent(request.orderId), ['requested', 'settled'], name)
    }
  })

  test('is closed when its order is', async () => {
    for (const { gateway, method, channel } of world.payment.api.methods()) {
      const request = await requested({ gateway, method, channel })
      await world.send('payment.cancel', request)
      const sent = await world.sent(request.orderId)
      assert.deepEqual(sent, ['requested', 'expired'], `${gateway} ${method} ${channel}`)
    }
  })

  test('that loses its answer is asked for again, and shown and settled once', async () => {
    for (const { gateway, method, channel } of world.payment.api.methods()) {
      const name = `${gateway} ${method} ${channel}`
      await control('/faults', { fault: 'answer-lost' })
      const request = { ...requestOf(), gateway, method, channel }
      await assert.rejects(world.send('payment.request', request), /no answer/, name)
      await world.send('payment.request', request)
      pageChannel = gateway === 'xendit' ? 'BCA' : 'bca'
      const [sent] = await world.sent(request.orderId)
      if (sent === 'failed') continue
      await pay(request)
      await world.settle()
      assert.deepEqual(await world.sent(request.orderId), ['requested', 'settled'], name)
    }
  })
})

describe('Midtrans', () => {
  test('is believed only when it signs, and then only when it confirms', async () => {
    const request = await requested(midtransVa)
    const { gateway_id: transactionId } = await row(request.paymentId)
    const claim = { orderId: request.paymentId, transactionId }
    assert.equal((await deliver(settlement({ ...claim, key: 'guessed' }))).statusCode, 401)
    assert.equal((await deliver(settlement(claim))).statusCode, 200)
    await world.settle()
    assert.deepEqual(await world.sent(request.orderId), ['requested'])
  })

  /** A notification that is kept, and not confirmed, and the money that comes after it. */
  async function early() {
    const request = await requested(midtransVa)
    const { gateway_id: transactionId } = await row(request.paymentId)
    const notification = settlement({ orderId: request.paymentId, transactionId })
    await deliver(notification)
    await world.settle()
    await control('/faults', { fault: 'drop', about: transactionId })
    await pay(request)
    await world.settle()
    assert.deepEqual(await world.sent(request.orderId), ['requested'])
    return { request, notification }
  }

  test('is asked again in seconds when a notification comes before its money', async () => {
    const { request } = await early()
    world.passSeconds(2)
    await world.settle()
    assert.deepEqual(await world.sent(request.orderId), ['requested', 'settled'])
  })

  test('is asked again at once when it sends again what came too early', async () => {
    const { request, notification } = await early()
    await deliver(notification)
    const sent = await until(
      () => world.sent(request.orderId),
      ({ length }) => length > 1,
    )
    assert.deepEqual(sent, ['requested', 'settled'])
  })

  test('takes a settled payment back, with its notification or without', async () => {
    const permata: Choice = { gateway: 'midtrans', method: 'va', channel: 'permata' }
    for (const isTold of [true, false]) {
      const request = await settled(permata)
      if (!isTold) await control('/faults', { fault: 'drop' })
      await control(`/payments/${(await row(request.paymentId)).gateway_id}/reverse`)
      await world.settle()
      if (!isTold) {
        world.passSeconds(601)
        await world.reconcile()
      }
      assert.deepEqual(await world.sent(request.orderId), ['requested', 'settled', 'reversed'])
    }
  })

  test('may add a fee to what is paid, which is not ours', async () => {
    const request = await settled(
      { gateway: 'midtrans', method: 'qris', channel: null },
      { fee: 1_750 },
    )
    assert.deepEqual((await row(request.paymentId))['paid'], { amount: 250_000, currency: 'IDR' })
  })
})

test('a method cannot be asked for an amount it does not take', async () => {
  const request = { ...requestOf(), ...midtransVa, amount: 9_999 }
  await world.send('payment.request', request)
  assert.deepEqual(await world.sent(request.orderId), ['failed'])
})

describe('a refund that the gateway cannot do', () => {
  const due = async () => {
    const request = await settled(midtransVa)
    await world.send('payment.refund', refundOf(request))
    assert.deepEqual(await world.sent(request.orderId), ['requested', 'settled', 'refund-failed'])
    return { request, url: `/v1/refunds/${toPublicId('refund', request.paymentId)}` }
  }

  test('is on a list, and is noted as paid out by hand, once', async () => {
    const { request, url } = await due()
    const listed = (await admin('GET', '/v1/refunds?status=refund_due&limit=100')).json()
    const refundId = toPublicId('refund', request.paymentId)
    assert.ok(listed.refunds.some((one: { refundId: string }) => one.refundId === refundId))

    const paidOut = { reference: 'BCA-1', note: 'Sent to account 123.' }
    const first = await admin('POST', `${url}/paid-out`, paidOut)
    assert.equal(first.statusCode, 200, first.body)
    assert.equal(first.json().status, 'done')
    assert.equal(first.json().paidOut.reference, 'BCA-1')
    assert.match(first.json().paidOut.by, /^user-/)
    assert.deepEqual((await admin('POST', `${url}/paid-out`, paidOut)).json(), first.json())
    const other = await admin('POST', `${url}/paid-out`, { ...paidOut, reference: 'BCA-2' })
    assert.deepEqual([other.statusCode, other.json().code], [409, 'refund-not-due'])
    assert.equal((await admin('POST', `${url}/retry`)).statusCode, 409)
    const told = ['requested', 'settled', 'refund-failed', 'refunded']
    assert.deepEqual(await world.sent(request.orderId), told)
    assert.equal((await world.payment.api.refundsOf(request.orderId))[0]?.status, 'done')
  })

  test('is tried again when a person says so', async () => {
    const request = await settled({ gateway: 'xendit', method: 'ewallet', channel: 'dana' })
    await control('/faults', { fault: 'refund-fails' })
    await world.send('payment.refund', refundOf(request))
    world.passSeconds(60)
    await world.settle()
    const url = `/v1/refunds/${toPublicId('refund', request.paymentId)}`
    assert.equal((await admin('GET', url)).json().status, 'refund_due')
    assert.equal((await admin('POST', `${url}/retry`)).json().status, 'requested')
    world.passSeconds(60)
    await world.settle()
    assert.equal((await admin('GET', url)).json().status, 'done')
    const told = ['requested', 'settled', 'refund-failed', 'refunded']
    assert.deepEqual(await world.sent(request.orderId), told)
  })

  test('is for administrators only, and must exist', async () => {
    const headers = { authorization: 'Bearer buyer' }
    const url = `/v1/refunds/${toPublicId('refund', requestOf().paymentId)}`
    assert.equal((await world.server.inject({ url: '/v1/refunds', headers })).statusCode, 403)
    for (const path of ['', '/retry', '/paid-out']) {
      const method = path === '' ? 'GET' : 'POST'
      const payload = path === '/paid-out' ? { reference: 'x', note: 'y' } : undefined
      const answer = await admin(method, url + path, payload)
      assert.equal(answer.json().code, 'refund-not-found', path)
      const call = { method, url: url + path, headers, ...(payload ? { payload } : {}) } as const
      assert.equal((await world.server.inject(call)).statusCode, 403)
    }
  })
})

describe('a wrong amount', () => {
  const parked = async () => {
    const request = await settled(
      { gateway: 'xendit', method: 'va', channel: 'bca' },
      { amount: 249_000 },
    )
    assert.equal((await row(request.paymentId))['status'], 'mismatch')
    return { request, url: `/v1/payments/${toPublicId('payment', request.paymentId)}` }
  }
  const note = { note: 'The buyer rang.' }

  test('is accepted as payment in full', async () => {
    const { request, url } = await parked()
    const accepted = await admin('POST', `${url}/accept`, note)
    assert.equal(accepted.json().status, 'settled', accepted.body)
    assert.equal(accepted.json().resolution.what, 'accepted')
    assert.equal((await admin('POST', `${url}/accept`, note)).statusCode, 200)
    assert.equal((await admin('POST', `${url}/refund`, note)).json().code, 'payment-not-parked')
    assert.deepEqual(await world.sent(request.orderId), ['requested', 'mismatched', 'settled'])
  })

  test('is given back, by hand where the gateway cannot', async () => {
    const { request, url } = await parked()
    const back = await admin('POST', `${url}/refund`, note)
    assert.deepEqual(back.json().refund.status, 'failed', back.body)
    const refund = (await world.payment.api.refundsOf(request.orderId))[0]
    assert.deepEqual([refund?.status, refund?.amount], ['refund_due', 249_000])
  })
})

test('what is of another account is never asked about', async () => {
  const request = await requested(midtransVa)
  await world.pool.query(
    `update payment.payments set account = 'live', check_at = now() where id = $1`,
    [request.paymentId],
  )
  await pay(request)
  await world.settle()
  await world.reconcile()
  assert.deepEqual(await world.sent(request.orderId), ['requested'])
  await assert.rejects(world.send('payment.cancel', request), /is not configured/)
})

test('a webhook is answered within 50 ms', async () => {
  const millis: number[] = []
  for (let i = 0; i < 20; i++) {
    const { orderId } = requestOf()
    const startedAt = performance.now()
    const answer = await deliver(settlement({ orderId, transactionId: `t${i}` }))
    millis.push(performance.now() - startedAt)
    assert.equal(answer.statusCode, 200)
  }
  assert.ok(millis.toSorted((a, b) => a - b)[10]! < 50, `${millis.join()}`)
})

test('no key of Midtrans is logged, kept or shown', async () => {
  const { rows } = await world.pool.query(
    `select (select string_agg(convert_from(body, 'utf8') || headers, ' ')
             from payment.webhooks) as webhooks,
            (select string_agg(p::text, ' ') from payment.payments p) as payments,
            (select string_agg(m::text, ' ') from payment.outbox m) as messages`,
  )
  const everything = JSON.stringify(rows) + world.logged.join('')
  assert(everything.includes('signature_key'), 'there is something to look at')
  const basic = Buffer.from(`${serverKey}:`).toString('base64')
  for (const secret of [serverKey, basic]) assert(!everything.includes(secret))
})
