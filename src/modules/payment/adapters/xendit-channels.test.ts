import assert from 'node:assert'
import { describe, test } from 'node:test'
import { requestOf } from '../../../../tests/support/payment-request.ts'
import { wireServer } from '../../../../tests/support/wire-server.ts'
import { xenditGateway } from './xendit-gateway.ts'
import { readXenditWebhook } from './xendit-wire.ts'

const at = new Date('2026-11-20T10:00:00Z')
const request = {
  ...requestOf(),
  method: 'va',
  channel: 'bca',
  returnUrl: 'https://shop.example',
  at,
}
const { paymentId } = request
const known = { reference: paymentId, expiresAt: new Date('2026-11-20T10:15:00Z') }
const va = { ...known, method: 'va', channel: 'bca' }
const page = { ...known, method: 'page', channel: null }

/** As documented for a virtual account of payment requests v3. */
const requested = {
  payment_request_id: 'pr-1',
  reference_id: paymentId,
  type: 'PAY',
  country: 'ID',
  currency: 'IDR',
  request_amount: 250_000,
  channel_code: 'BCA_VIRTUAL_ACCOUNT',
  channel_properties: { expires_at: '2026-11-20T10:15:00.000000000Z' },
  actions: [
    { type: 'PRESENT_TO_CUSTOMER', descriptor: 'VIRTUAL_ACCOUNT_NUMBER', value: '38165123' },
  ],
  status: 'REQUIRES_ACTION',
}
const captured = {
  payment_id: 'py-1',
  payment_request_id: 'pr-1',
  currency: 'IDR',
  request_amount: 250_000,
  captures: [{ capture_id: 'c-1', capture_amount: 250_000 }],
  status: 'SUCCEEDED',
}
const session = {
  payment_session_id: 'ps-1',
  reference_id: paymentId,
  status: 'ACTIVE',
  payment_link_url: 'https://xen.to/1',
  expires_at: '2026-11-20T10:15:00Z',
}

type Answers = Parameters<typeof wireServer>[0]
type Server = Awaited<ReturnType<typeof wireServer>>
async function withXendit(
  answers: Answers,
  use: (gateway: ReturnType<typeof xenditGateway>, server: Server) => Promise<void>,
) {
  await using server = await wireServer(answers)
  const keys = { secretKey: 'xnd_development_x', callbackToken: 'token' }
  await use(xenditGateway({ ...keys, baseUrl: server.url, sandbox: true }), server)
}

describe('a payment request', () => {
  test('sends what is documented, with the version, and shows the number', async () => {
    await withXendit({ 'POST /v3/payment_requests': [201, requested] }, async (gateway, server) => {
      const created = await gateway.create(request)
      assert(created.ok)
      assert.equal(created.value.instructions.vaNumber, '38165123')
      assert.equal(created.value.expiresAt.toISOString(), '2026-11-20T10:15:00.000Z')
      const { headers, body } = server.calls[0]!
      assert.equal(headers['api-version'], '2024-11-11')
      const sent = JSON.parse(body)
      assert.equal(sent.channel_code, 'BCA_VIRTUAL_ACCOUNT')
      assert.equal(sent.request_amount, 250_000)
      assert.equal(sent.channel_properties.expires_at, '2026-11-20T10:15:00.000Z')
    })
  })

  test('sends each channel what it needs, and says so when the buyer did not give it', async () => {
    const properties = async (method: string, channel: string | null) => {
      let sent: Record<string, unknown> = {}
      await withXendit(
        { 'POST /v3/payment_requests': [201, requested] },
        async (gateway, server) => {
          await gateway.create({ ...request, method, channel })
          sent = JSON.parse(server.calls[0]!.body).channel_properties
        },
      )
      return sent
    }
    assert.deepEqual(await properties('qris', null), {})
    const urls = { success_return_url: request.returnUrl, failure_return_url: request.returnUrl }
    assert.deepEqual(await properties('ewallet', 'dana'), urls)
    const phone = { account_mobile_number: '+628123456789' }
    assert.deepEqual(await properties('ewallet', 'ovo'), { ...urls, ...phone })
    await withXendit({}, async (gateway, server) => {
      const buyer = { ...request.buyer, phone: null as never }
      const created = await gateway.create({ ...request, method: 'ewallet', channel: 'ovo', buyer })
      assert.equal(!created.ok && created.error.reason, 'PHONE_NUMBER_NEEDED')
      assert.equal(server.calls.length, 0)
    })
  })

  const stands = async (change: object, payment?: object, of: typeof va = va) => {
    let status: string | undefined
    const answers: Answers = {
      'GET /v3/payment_requests/pr-1': { ...requested, ...change },
      ...(payment ? { 'GET /v3/payments/py-1': payment } : {}),
    }
    await withXendit(answers, async (gateway) => {
      const report = await gateway.get('pr-1', of)
      status = report?.status === 'paid' ? `paid ${report.paid.amount}` : report?.status
    })
    return status
  }
  const latest = { latest_payment_id: 'py-1' }

  test('stands as it says, but money that came has the last word', async () => {
    assert.equal(await stands({}), 'open')
    assert.equal(await stands({ status: 'ACCEPTING_PAYMENTS' }), 'open')
    assert.equal(await stands({ status: 'CANCELED' }), 'expired')
    assert.equal(await stands({ status: 'EXPIRED' }), 'expired')
    const wallet = { ...va, method: 'ewallet', channel: 'ovo' }
    assert.equal(await stands({ status: 'EXPIRED' }, undefined, wallet), 'denied')
    assert.equal(await stands({ status: 'FAILED', failure_code: 'X' }), 'denied')
    assert.equal(await stands({ status: 'SUCCEEDED', ...latest }, captured), 'paid 250000')
    assert.equal(await stands({ status: 'EXPIRED', ...latest }, captured), 'paid 250000')
    const failed = { ...captured, status: 'FAILED' }
    assert.equal(await stands({ ...latest }, failed), 'open')
    assert.equal(await stands({ reference_id: 'another' }), undefined)
    await assert.rejects(stands({ status: 'NEVER_SEEN' }))
  })

  test('was paid what was captured, not what was asked for', async () => {
    const less = { ...captured, captures: [{ capture_amount: 249_999 }] }
    assert.equal(await stands({ status: 'SUCCEEDED', ...latest }, less), 'paid 249999')
  })
})

describe('a session', () => {
  const stands = async (change: object, more: Answers = {}) => {
    let status: string | undefined
    const answers = { 'GET /sessions/ps-1': { ...session, ...change }, ...more }
    await withXendit(answers, async (gateway) => {
      const report = await gateway.get('ps-1', page)
      status = report?.status === 'paid' ? `paid ${report.paid.amount}` : report?.status
    })
    return status
  }

  test('is a page, paid when its payment is', async () => {
    await withXendit({ 'POST /sessions': [201, session] }, async (gateway, server) => {
      const created = await gateway.create({ ...request, method: 'page', channel: null })
      assert(created.ok)
      assert.equal(created.value.instructions.checkoutUrl, 'https://xen.to/1')
      assert.equal(JSON.parse(server.calls[0]!.body).cancel_return_url, 'https://shop.example')
    })
    const payment = { 'GET /v3/payments/py-1': captured }
    assert.equal(await stands({}), 'open')
    assert.equal(await stands({ status: 'EXPIRED' }), 'expired')
    assert.equal(await stands({ status: 'COMPLETED', payment_id: 'py-1' }, payment), 'paid 250000')
    const led = { 'GET /v3/payment_requests/pr-1': { ...requested, latest_payment_id: 'py-1' } }
    const done = { status: 'COMPLETED', payment_request_id: 'pr-1' }
    assert.equal(await stands(done, { ...led, ...payment }), 'paid 250000')
    await assert.rejects(stands({ status: 'COMPLETED' }))
  })

  test('is not what a webhook about its payment request names', async () => {
    await withXendit({}, async (gateway, server) => {
      assert.equal(await gateway.get('pr-1', page), undefined)
      assert.equal(server.calls.length, 0)
    })
  })

  test('is refunded by the payment request it led to', async () => {
    await withXendit(
      {
        'GET /sessions/ps-1': { ...session, payment_request_id: 'pr-1' },
        'POST /refunds': { id: 'rfd-1', reference_id: 'r', status: 'PENDING' },
      },
      async (gateway, server) => {
        const asked = { gatewayId: 'ps-1', refundReference: 'r', amount: 250_000, currency: 'IDR' }
        const refund = await gateway.refund({ ...page, ...asked, reason: 'x' })
        assert.deepEqual(refund, { ok: true, value: { status: 'pending' } })
        const { body, headers } = server.calls.at(-1)!
        assert.equal(JSON.parse(body).payment_request_id, 'pr-1')
        assert.equal(headers['idempotency-key'], 'r')
      },
    )
  })
})

test('webhooks of payments and sessions name the payment and what they claim', () => {
  const notice = (event: string, data: object) =>
    readXenditWebhook(JSON.stringify({ event, data, api_version: 'v3' }), {})
  const capture = notice('payment.capture', { ...captured, reference_id: paymentId })
  assert(capture.about === 'payment')
  assert.deepEqual([capture.gatewayId, capture.claimsPaid], ['pr-1', true])
  const completed = notice('payment_session.completed', session)
  assert(completed.about === 'payment')
  assert.deepEqual([completed.gatewayId, completed.claimsPaid], ['ps-1', true])
  const expired = notice('payment_request.expiry', requested)
  assert.equal(expired.about === 'payment' && expired.claimsPaid, false)
  assert.notEqual(capture.key, completed.key)
})
