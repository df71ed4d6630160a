import assert from 'node:assert'
import { hash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { requestOf } from '../../../../tests/support/payment-request.ts'
import { wireServer } from '../../../../tests/support/wire-server.ts'
import { midtransGateway } from './midtrans-gateway.ts'
import { isSignedNotification, jakartaInstant, readNotification } from './midtrans-wire.ts'

const serverKey = 'SB-Mid-server-test'
const at = new Date('2026-11-20T10:00:00Z')
const paymentId = '0197a1c2-0000-7000-8000-000000000001'
const request = {
  ...requestOf(),
  paymentId,
  gateway: 'midtrans',
  method: 'va',
  channel: 'bca',
  returnUrl: 'https://shop.example',
  at,
}
const payment = {
  reference: paymentId,
  method: 'va',
  channel: 'bca',
  expiresAt: new Date('2026-11-20T10:15:00Z'),
}

/** As documented for a charge of a BCA virtual account. */
const charged = {
  status_code: '201',
  status_message: 'Success, Bank Transfer transaction is created',
  transaction_id: 'be03df7d',
  order_id: paymentId,
  merchant_id: 'G812785002',
  gross_amount: '250000.00',
  currency: 'IDR',
  payment_type: 'bank_transfer',
  transaction_time: '2026-11-20 17:00:00',
  transaction_status: 'pending',
  va_numbers: [{ bank: 'bca', va_number: '812785002530231' }],
  fraud_status: 'accept',
}
const settled = {
  ...charged,
  status_code: '200',
  transaction_status: 'settlement',
  settlement_time: '2026-11-20 17:05:00',
}
const notFound = { status_code: '404', status_message: "Transaction doesn't exist." }

async function withMidtrans(
  answers: Parameters<typeof wireServer>[0],
  use: (
    gateway: ReturnType<typeof midtransGateway>,
    calls: Awaited<ReturnType<typeof wireServer>>['calls'],
  ) => Promise<void>,
) {
  await using server = await wireServer(answers)
  const gateway = midtransGateway({
    baseUrl: server.url,
    snapUrl: server.url,
    serverKey,
    account: 'sandbox',
    clock: () => at,
  })
  await use(gateway, server.calls)
}

describe('a charge', () => {
  test('sends what is documented, and shows the number that came back', async () => {
    await withMidtrans({ 'POST /v2/charge': charged }, async (gateway, calls) => {
      const created = await gateway.create(request)
      assert(created.ok)
      assert.equal(created.value.status, 'open')
      assert.equal(created.value.gatewayId, 'be03df7d')
      assert.equal(created.value.instructions.vaNumber, '812785002530231')
      const { body, headers } = calls[0]!
      assert.equal(
        headers.authorization,
        `Basic ${Buffer.from(`${serverKey}:`).toString('base64')}`,
      )
      assert.equal(headers['idempotency-key'], paymentId)
      const sent = JSON.parse(body)
      assert.deepEqual(sent.transaction_details, { order_id: paymentId, gross_amount: 250_000 })
      assert.deepEqual(sent.bank_transfer, { bank: 'bca' })
      assert.deepEqual(sent.custom_expiry, { expiry_duration: 900, unit: 'second' })
      const [item] = sent.item_details
      assert.equal(item.price * item.quantity, 250_000)
    })
  })

  test('of each channel is read by its own fields', async () => {
    const bare = { ...charged, va_numbers: undefined }
    const channels: [string, string | null, object, object][] = [
      ['va', 'permata', { permata_va_number: '850' }, { vaNumber: '850' }],
      [
        'va',
        'mandiri',
        { bill_key: '99', biller_code: '70012' },
        { vaNumber: '99', billerCode: '70012' },
      ],
      ['qris', null, { qr_string: '000201' }, { qrString: '000201' }],
      [
        'ewallet',
        'gopay',
        {
          actions: [
            { name: 'generate-qr-code', method: 'GET', url: 'https://api.example/qr' },
            { name: 'deeplink-redirect', method: 'GET', url: 'gojek://pay' },
          ],
        },
        { checkoutUrl: 'gojek://pay', qrUrl: 'https://api.example/qr' },
      ],
    ]
    for (const [method, channel, answer, expected] of channels) {
      await withMidtrans({ 'POST /v2/charge': { ...bare, ...answer } }, async (gateway) => {
        const created = await gateway.create({ ...request, method, channel })
        assert(created.ok)
        const { instructions } = created.value
        assert.deepEqual({ ...instructions, ...expected }, instructions, `${method} ${channel}`)
      })
    }
  })

  test('that is refused is an answer; one whose outcome is unknown is thrown', async () => {
    for (const [status, body] of [
      [400, { status_code: '400', validation_messages: ['gross_amount is not a number'] }],
      [200, { status_code: '402', status_message: 'not enabled' }],
    ] as const) {
      await withMidtrans({ 'POST /v2/charge': [status, body] }, async (gateway) => {
        const reason = `MIDTRANS_${body.status_code}`
        const error = { kind: 'gateway-refused', reason }
        assert.deepEqual(await gateway.create(request), { ok: false, error })
      })
    }
    for (const answer of [
      [429, { message: 'API rate limit exceeded' }],
      [200, { status_code: '505', status_message: 'Unable to create va_number' }],
      [200, { status_code: '202', status_message: 'still being processed' }],
      [502, '<html>Bad gateway</html>'],
      [200, '<html>'],
      'hang up',
    ] as const) {
      await withMidtrans({ 'POST /v2/charge': answer }, async (gateway, calls) => {
        await assert.rejects(gateway.create(request), (error: Error) => {
          assert.match(error.message, /midtrans/)
          assert.doesNotMatch(error.message + String(error.cause), /SB-Mid|Basic/)
          return true
        })
        assert.equal(calls.length, 1, 'a charge is never repeated by itself')
      })
    }
  })

  test('that exists already, and cannot be shown, is closed or turns out to be paid', async () => {
    const duplicate = { status_code: '406', status_message: 'order_id has already been utilized' }
    const answers = { 'POST /v2/charge': duplicate, [`GET /v2/${paymentId}/status`]: charged }
    const expired = { ...charged, status_code: '407', transaction_status: 'expire' }
    const closing = { ...answers, 'POST /v2/be03df7d/expire': expired }
    await withMidtrans({ ...closing, 'GET /v2/be03df7d/status': expired }, async (gateway) => {
      assert.equal((await gateway.create(request)).ok, false)
    })
    await withMidtrans({ ...closing, 'GET /v2/be03df7d/status': settled }, async (gateway) => {
      const created = await gateway.create(request)
      assert.equal(created.ok && created.value.status, 'paid')
    })
  })
})

describe('a transaction', () => {
  const statusOf = async (change: object) => {
    let status: string | undefined
    const answers = { 'GET /v2/be03df7d/status': { ...settled, ...change } }
    await withMidtrans(answers, async (gateway) => {
      const report = await gateway.get('be03df7d', payment)
      status = report?.status === 'paid' ? `paid ${report.paid.amount}` : report?.status
    })
    return status
  }

  test('stands as its status and its fraud status say', async () => {
    assert.equal(await statusOf({}), 'paid 250000')
    assert.equal(await statusOf({ fraud_status: undefined }), 'paid 250000')
    assert.equal(await statusOf({ fraud_status: 'ACCEPT' }), 'paid 250000')
    assert.equal(await statusOf({ fraud_status: 'challenge' }), 'open')
    assert.equal(await statusOf({ fraud_status: 'deny' }), 'denied')
    assert.equal(await statusOf({ transaction_status: 'pending' }), 'open')
    assert.equal(await statusOf({ transaction_status: 'deny' }), 'denied')
    assert.equal(await statusOf({ transaction_status: 'failure' }), 'denied')
    assert.equal(await statusOf({ transaction_status: 'cancel' }), 'expired')
    assert.equal(await statusOf({ transaction_status: 'expire', status_code: '407' }), 'expired')
    assert.equal(await statusOf({ transaction_status: 'refund' }), 'given-back')
    assert.equal(await statusOf({ transaction_status: 'partial_refund' }), 'paid 250000')
    await assert.rejects(statusOf({ transaction_status: 'never_seen' }))
    await assert.rejects(statusOf({ gross_amount: 'a lot' }))
  })

  test('was paid without the fee that Midtrans added, and with what really came', async () => {
    const extra_info = { gross_amount_info: { original_amount: '250000.00' } }
    const fee = { gross_amount: '251750.00', metadata: { extra_info } }
    assert.equal(await statusOf(fee), 'paid 250000')
    assert.equal(await statusOf({ gross_amount: '251750.00' }), 'paid 251750')
    const came = (...amounts: string[]) => ({
      payment_amounts: amounts.map((amount) => ({ amount })),
    })
    assert.equal(await statusOf(came('249000.00')), 'paid 249000')
    assert.equal(await statusOf(came('125000.00', '125000.00')), 'paid 250000')
    assert.equal(await statusOf(came()), 'paid 250000')
  })

  test('of another order of ours is not this one, and none is none', async () => {
    assert.equal(await statusOf({ order_id: 'another' }), undefined)
    await withMidtrans({ 'GET /v2/be03df7d/status': notFound }, async (gateway) => {
      assert.equal(await gateway.get('be03df7d', payment), undefined)
    })
    const denied = { status_code: '401', status_message: 'cannot be authorized' }
    await withMidtrans({ 'GET /v2/be03df7d/status': [401, denied] }, async (gateway) => {
      await assert.rejects(gateway.get('be03df7d', payment))
    })
  })

  test('is asked about again when the answer is lost, since that is safe', async () => {
    await withMidtrans(
      { 'GET /v2/be03df7d/status': { sequence: ['hang up', [503, {}], settled] } },
      async (gateway, calls) => {
        assert.equal((await gateway.get('be03df7d', payment))?.status, 'paid')
        assert.equal(calls.length, 3)
      },
    )
  })
})

describe('a page', () => {
  const page = { ...payment, method: 'page', channel: null }
  const opened = { token: 'tok', redirect_url: 'https://app.example/snap/v3/redirection/tok' }
  const ofOrder = `GET /v2/${paymentId}/status`

  test('is open while Midtrans knows no transaction, and no try ends it', async () => {
    await withMidtrans({ 'POST /snap/v1/transactions': [201, opened] }, async (gateway, calls) => {
      const created = await gateway.create({ ...request, method: 'page', channel: null })
      assert(created.ok)
      assert.equal(created.value.instructions.checkoutUrl, opened.redirect_url)
      assert.equal(JSON.parse(calls[0]!.body).expiry.duration, 15)
    })
    for (const answer of [notFound, { ...charged, transaction_status: 'expire' }, charged]) {
      await withMidtrans({ [ofOrder]: answer }, async (gateway) => {
        assert.equal((await gateway.get('snap:tok', page))?.status, 'open')
        const over = await gateway.get('snap:tok', { ...page, expiresAt: at })
        assert.equal(over?.status, answer === charged ? 'open' : 'expired')
      })
    }
    await withMidtrans({ [ofOrder]: settled }, async (gateway) => {
      const paid = await gateway.get('snap:tok', page)
      assert.deepEqual([paid?.status, paid?.gatewayId], ['paid', 'be03df7d'])
    })
  })

  test('is closed with the try that is under way on it', async () => {
    const busy = [400, { error_messages: ['Transaction is on progress'] }] as const
    const done = { ...charged, transaction_status: 'expire', status_code: '407' }
    await withMidtrans(
      {
        'POST /snap/v1/transactions/tok/cancel': { sequence: [busy, { canceled_at: 'now' }] },
        [ofOrder]: { sequence: [charged, done] },
        'POST /v2/be03df7d/expire': done,
      },
      async (gateway) => {
        assert.equal((await gateway.close('snap:tok', page))?.status, 'expired')
      },
    )
  })

  test('is closed with a card whose fraud check waits, and keeps a card that paid', async () => {
    const card = { ...charged, payment_type: 'credit_card', transaction_status: 'capture' }
    const waiting = { ...card, fraud_status: 'challenge' }
    const gone = { ...card, transaction_status: 'cancel' }
    const closed = { 'POST /snap/v1/transactions/tok/cancel': { canceled_at: 'now' } }
    const cancel = 'POST /v2/be03df7d/cancel'
    for (const gatewayId of ['snap:tok', 'be03df7d']) {
      const asked = gatewayId === 'be03df7d' ? 'GET /v2/be03df7d/status' : ofOrder
      const answers = { ...closed, [asked]: { sequence: [waiting, gone] }, [cancel]: gone }
      await withMidtrans(answers, async (gateway, calls) => {
        assert.equal((await gateway.close(gatewayId, page))?.status, 'expired')
        assert(calls.some(({ call }) => call === cancel))
      })
      await withMidtrans({ ...closed, [asked]: card }, async (gateway, calls) => {
        assert.equal((await gateway.close(gatewayId, page))?.status, 'paid')
        assert(!calls.some(({ call }) => call.startsWith('POST /v2/')), 'no payment is undone')
      })
    }
  })
})

describe('a refund', () => {
  const asked = {
    ...payment,
    gatewayId: 'be03df7d',
    refundReference: paymentId,
    amount: 250_000,
    currency: 'IDR',
    reason: 'x',
  }
  const refunds = (confirmed: boolean) => ({
    ...settled,
    transaction_status: 'refund',
    refunds: [
      { refund_key: paymentId, ...(confirmed ? { bank_confirmed_at: '2026-11-20 18:00:00' } : {}) },
    ],
  })
  const path = 'POST /v2/be03df7d/refund'
  const status = 'GET /v2/be03df7d/status'

  test('is under way until the bank confirms it; a repeat finds the first', async () => {
    for (const code of ['200', '406']) {
      const answers = { [path]: { status_code: code }, [status]: refunds(false) }
      await withMidtrans(answers, async (gateway) => {
        assert.deepEqual(await gateway.refund(asked), { ok: true, value: { status: 'pending' } })
      })
    }
    await withMidtrans({ [status]: refunds(true) }, async (gateway) => {
      assert.deepEqual(await gateway.findRefund(asked), { status: 'done' })
      assert.equal(await gateway.findRefund({ ...asked, refundReference: 'other' }), undefined)
    })
  })

  test('that Midtrans or the bank will not do is refused', async () => {
    for (const code of ['202', '412', '414']) {
      await withMidtrans({ [path]: { status_code: code } }, async (gateway) => {
        const error = { kind: 'gateway-refused', reason: `MIDTRANS_${code}` }
        assert.deepEqual(await gateway.refund(asked), { ok: false, error })
      })
    }
  })
})

describe('a notification', () => {
  const signed = (change: object = {}, key = serverKey) => {
    const body = { ...settled, ...change } as Record<string, unknown>
    const text = `${body['order_id']}${body['status_code']}${body['gross_amount']}${key}`
    return JSON.stringify({ signature_key: hash('sha512', text), ...body })
  }

  test('is signed over the amount as it was written', () => {
    assert.equal(isSignedNotification(signed(), serverKey), true)
    assert.equal(isSignedNotification(signed({}, 'another key'), serverKey), false)
    const rewritten = signed().replace('"250000.00"', '"250000"')
    assert.equal(isSignedNotification(rewritten, serverKey), false)
    assert.equal(isSignedNotification(JSON.stringify(settled), serverKey), false)
    for (const body of ['', 'null', '[]', '{"signature_key":""}', '{"signature_key":{}}']) {
      assert.equal(isSignedNotification(body, serverKey), false)
    }
  })

  test('is known by transaction and status, whatever the method calls itself', () => {
    const key = (change: object) => readNotification(signed(change)).key
    assert.equal(key({}), key({ payment_type: 'qris' }))
    assert.notEqual(key({}), key({ transaction_status: 'deny' }))
    assert.notEqual(key({}), key({ transaction_id: 'another' }))
    const refund = (refund_key: string, more = {}) => ({ refunds: [{ refund_key, ...more }] })
    assert.notEqual(key(refund('a')), key(refund('a', { bank_confirmed_at: 'now' })))
    const about = (change: object) => readNotification(signed(change)).about
    assert.equal(about(refund(paymentId)), 'refund')
    assert.equal(about(refund('made in the dashboard')), 'payment')
  })

  test('of any form is not misread', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        readNotification(body)
        assert.equal(isSignedNotification(body, serverKey), false)
      }),
    )
  })
})

test('times are those of Jakarta, whatever the zone of this machine', () => {
  assert.equal(jakartaInstant('2021-06-23 11:42:03')?.toISOString(), '2021-06-23T04:42:03.000Z')
  assert.equal(jakartaInstant('2021-06-23T11:42:03Z'), undefined)
  assert.equal(jakartaInstant(undefined), undefined)
})
