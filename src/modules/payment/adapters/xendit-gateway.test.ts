import assert from 'node:assert'
import { test } from 'node:test'
import { xenditGateway } from './xendit-gateway.ts'

const secretKey = 'xnd_production_secret'
const request = {
  orderId: 'o',
  paymentId: 'p',
  eventId: 'e',
  gateway: 'xendit',
  method: 'invoice',
  channel: null,
  amount: 100,
  currency: 'IDR',
  description: 'Tickets',
  buyer: { userId: null, name: 'Siti', email: 's@x.id', phone: null, locale: 'id' as const },
  items: [],
  holdSeconds: 900,
  returnUrl: 'https://shop.example',
  at: new Date('2026-11-20T09:45:00Z'),
}
const payment = {
  reference: 'p',
  method: 'invoice',
  channel: null,
  expiresAt: new Date('2026-11-20T10:00:00Z'),
}
const invoice = {
  id: 'i',
  external_id: 'p',
  status: 'PENDING',
  amount: 100,
  expiry_date: '2026-11-20T10:00:00Z',
}

function gatewayThat(answer: (url: string, init: RequestInit) => Response | Promise<Response>) {
  return xenditGateway({
    baseUrl: 'https://api.example',
    secretKey,
    callbackToken: 'token',
    fetch: async (url, init) => answer(String(url), init ?? {}),
  })
}
const answering = (status: number, body: unknown) =>
  gatewayThat(() => new Response(JSON.stringify(body), { status }))

test('an outcome that is not known is thrown, without a secret', async () => {
  const silent = gatewayThat(() => {
    throw new Error(`connect failed, key ${secretKey}`)
  })
  const html = gatewayThat(() => new Response('<html>', { status: 200 }))
  const unknown = [silent, html, answering(500, {}), answering(429, {}), answering(408, {})]
  for (const gateway of [...unknown, answering(200, {})]) {
    await assert.rejects(gateway.create(request), (error: Error) => {
      assert.match(error.message, /xendit/)
      assert.doesNotMatch(error.message + String(error.cause), /secret/)
      return true
    })
  }
})

test('a request that was refused is an answer', async () => {
  for (const [status, body, reason] of [
    [400, { error_code: 'AMOUNT_BELOW_MINIMUM_LIMIT' }, 'AMOUNT_BELOW_MINIMUM_LIMIT'],
    [401, { error_code: 'INVALID_API_KEY' }, 'INVALID_API_KEY'],
    [404, {}, 'HTTP_404'],
  ] as const) {
    const created = await answering(status, body).create(request)
    assert.deepEqual(created, { ok: false, error: { kind: 'gateway-refused', reason } })
  }
})

test('an invoice we may not see is not an invoice that is not there', async () => {
  assert.equal(await answering(404, {}).get('i', payment), undefined)
  await assert.rejects(answering(401, {}).get('i', payment))
  await assert.rejects(answering(401, {}).search(payment))
  await assert.rejects(
    answering(403, {}).findRefund({ ...payment, gatewayId: 'i', refundReference: 'p' }),
  )
})

test('what was created twice is found twice, and nothing of others', async () => {
  const open = { ...invoice, id: 'open' }
  const paid = { ...invoice, id: 'paid', status: 'PAID' }
  const found = async (list: unknown[]) =>
    (await answering(200, list).search(payment)).map(({ gatewayId }) => gatewayId)
  assert.deepEqual(await found([open, paid]), ['open', 'paid'])
  assert.deepEqual(await found([open, { ...paid, external_id: 'another' }]), ['open'])
  assert.deepEqual(await found([]), [])
})

test('a refund under way is looked up, and one that cannot be done now is repeated', async () => {
  const asked = { gatewayId: 'i', refundReference: 'p', amount: 100, currency: 'IDR', reason: 'x' }
  const refund = { ...payment, ...asked }
  const found = { data: [{ id: 'rfd-1', reference_id: 'p', status: 'PENDING' }] }
  const refusing = (error_code: string) =>
    gatewayThat((_url, { method }) =>
      method === 'GET' ? Response.json(found) : Response.json({ error_code }, { status: 400 }),
    ).refund(refund)

  for (const code of ['REFUND_IN_PROGRESS', 'DUPLICATE_ERROR', 'IDEMPOTENCY_ERROR']) {
    assert.deepEqual(await refusing(code), { ok: true, value: { status: 'pending' } })
  }
  await assert.rejects(refusing('TEMPORARILY_UNAVAILABLE'))
  await assert.rejects(refusing('INVALID_API_KEY'))
  assert.equal((await refusing('REFUND_NOT_SUPPORTED')).ok, false)
})

test('only the whole callback token is authentic', () => {
  const { isAuthentic } = answering(200, {})
  assert.equal(isAuthentic('', { 'x-callback-token': 'token' }), true)
  for (const token of ['', 'toke', 'token ', 'TOKEN', undefined, ['token']]) {
    assert.equal(isAuthentic('', { 'x-callback-token': token }), false)
  }
})

test('calls at three quarters of the rate Xendit allows the key, and without limit the sandbox', () => {
  const options = { baseUrl: '', callbackToken: '' }
  const test = xenditGateway({ ...options, secretKey: 'xnd_development_x' })
  const sandbox = xenditGateway({ ...options, secretKey: 'xnd_development_x', sandbox: true })
  assert.deepEqual([test.callsPerSecond, test.account], [0.75, 'test'])
  assert.deepEqual([sandbox.callsPerSecond, sandbox.account], [Infinity, 'sandbox'])
  assert.deepEqual([answering(200, {}).callsPerSecond, answering(200, {}).account], [7.5, 'live'])
  const agreed = xenditGateway({ ...options, secretKey, callsPerMinute: 1_200 })
  assert.equal(agreed.callsPerSecond, 15)
})
