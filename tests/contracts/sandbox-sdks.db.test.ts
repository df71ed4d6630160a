import assert from 'node:assert'
import { hash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import midtransClient, { type Answer, type Api } from 'midtrans-client'
import { Invoice, Refund } from 'xendit-node'
import {
  openSandboxWorld,
  secretKey,
  serverKey,
  type SandboxWorld,
} from '../support/sandbox-world.ts'

/** The gateways' own libraries, as they are, speak to the sandbox over HTTP. */

let world: SandboxWorld
before(async () => {
  world = await openSandboxWorld()
})
after(() => world[Symbol.asyncDispose]())

describe('xendit-node', () => {
  const options = () => ({ secretKey, xenditURL: `${world.url}/sandbox/xendit` })
  const quietly = <T>(make: () => T): T => {
    const { warn } = console
    console.warn = () => {}
    try {
      return make()
    } finally {
      console.warn = warn
    }
  }
  const invoices = () => quietly(() => new Invoice(options()))
  const refunds = () => quietly(() => new Refund(options()))
  const asked = {
    externalId: 'sdk-1',
    amount: 250_000,
    currency: 'IDR',
    invoiceDuration: 900,
    payerEmail: 'sari@example.test',
    items: [{ name: 'VIP', price: 125_000, quantity: 2 }],
    metadata: { order_id: 'order-1' },
  }
  const create = (externalId: string) =>
    invoices().createInvoice({ data: { ...asked, externalId } })

  test('creates, gets, lists and expires an invoice', async () => {
    const made = await create('sdk-1')
    assert.match(made.id ?? '', /^[0-9a-f]{24}$/)
    assert.equal(made.status, 'PENDING')
    assert.equal(made.invoiceUrl, `${world.url}/sandbox/xendit/web/${made.id}`)
    const minutes = (made.expiryDate.getTime() - made.created.getTime()) / 60_000
    assert.equal(minutes, 15)
    assert.equal(made.availableBanks.length, 12)
    assert.deepEqual(made.items?.[0]?.quantity, 2)

    const got = await invoices().getInvoiceById({ invoiceId: made.id! })
    assert.deepEqual(got, made)
    const listed = await invoices().getInvoices({
      externalId: 'sdk-1',
      statuses: ['PENDING', 'PAID'],
      createdAfter: new Date(Date.now() - 60_000),
      limit: 5,
    })
    assert.deepEqual(listed, [made])
    assert.deepEqual(
      await invoices().getInvoices({ externalId: 'sdk-1', createdBefore: made.created! }),
      [],
    )

    assert.equal((await invoices().expireInvoice({ invoiceId: made.id! })).status, 'EXPIRED')
    await assert.rejects(invoices().expireInvoice({ invoiceId: made.id! }), {
      status: 404,
      errorMessage: `Could not find and update PENDING invoice ${made.id}`,
    })
  })

  test('sees why a call was refused', async () => {
    const wrong = quietly(() => new Invoice({ ...options(), secretKey: 'xnd_development_wrong' }))
    await assert.rejects(wrong.getInvoices(), { status: 401, errorCode: 'INVALID_API_KEY' })
    const data = { ...asked, amount: -1 }
    await assert.rejects(invoices().createInvoice({ data }), {
      status: 400,
      errorCode: 'API_VALIDATION_ERROR',
    })
  })

  test('refunds once per idempotency key, and no virtual account', async () => {
    const { id } = await create('sdk-2')
    await world.control(`/payments/${id}/pay`, { channel: 'DANA' })
    const data = { invoiceId: id!, reason: 'CANCELLATION' as const, referenceId: 'sdk-2' }
    const begun = await refunds().createRefund({ idempotencyKey: 'once', data })
    const again = await refunds().createRefund({ idempotencyKey: 'once', data })
    assert.equal(begun.id, again.id)
    assert.equal(begun.amount, 250_000)
    assert.equal((await refunds().getRefund({ refundID: begun.id! })).id, begun.id)

    const { id: byBank } = await create('sdk-3')
    await world.control(`/payments/${byBank}/pay`, { channel: 'BCA' })
    await assert.rejects(refunds().createRefund({ data: { ...data, invoiceId: byBank! } }), {
      status: 403,
      errorCode: 'REFUND_NOT_SUPPORTED',
    })
  })
})

describe('midtrans-client', () => {
  type Options = ConstructorParameters<typeof midtransClient.CoreApi>[0]
  function pointed<T extends Api>(Made: new (options: Options) => T, key = serverKey): T {
    const api = new Made({ isProduction: false, serverKey: key, clientKey: 'client' })
    api.apiConfig.getCoreApiBaseUrl = () => `${world.url}/sandbox/midtrans`
    api.apiConfig.getSnapApiBaseUrl = () => `${world.url}/sandbox/midtrans/snap/v1`
    return api
  }
  const core = () => pointed(midtransClient.CoreApi)
  const details = (order_id: string) => ({
    transaction_details: { order_id, gross_amount: 44_000 },
    item_details: [{ id: 'vip', price: 22_000, quantity: 2, name: 'VIP' }],
  })
  const bank = (order_id: string, name = 'bca') => ({
    ...details(order_id),
    payment_type: 'bank_transfer',
    bank_transfer: { bank: name },
  })

  test('charges every channel', async () => {
    const wishes: [object, (answer: Answer) => unknown][] = [
      [bank('c-bca'), (answer) => answer.va_numbers[0]?.bank === 'bca'],
      [bank('c-bni', 'bni'), (answer) => answer.va_numbers[0]?.bank === 'bni'],
      [bank('c-bri', 'bri'), (answer) => answer.va_numbers[0]?.bank === 'bri'],
      [bank('c-cimb', 'cimb'), (answer) => answer.va_numbers[0]?.bank === 'cimb'],
      [bank('c-permata', 'permata'), (answer) => answer['permata_va_number']],
      [
        { ...details('c-permata-2'), payment_type: 'permata' },
        (answer) => answer['permata_va_number'],
      ],
      [
        {
          ...details('c-mandiri'),
          payment_type: 'echannel',
          echannel: { bill_info1: 'Payment', bill_info2: 'Tickets' },
        },
        (answer) => answer['bill_key'] && answer['biller_code'] === '70012',
      ],
      [
        { ...details('c-gopay'), payment_type: 'gopay' },
        (answer) => answer['actions']?.length === 4,
      ],
      [{ ...details('c-qris'), payment_type: 'qris' }, (answer) => answer['qr_string']],
    ]
    for (const [wish, isRight] of wishes) {
      const answer = await core().charge(wish)
      const { status_code, transaction_status, gross_amount } = answer
      assert.deepEqual(
        [status_code, transaction_status, gross_amount],
        ['201', 'pending', '44000.00'],
      )
      assert.ok(isRight(answer), JSON.stringify(answer))
    }
    await assert.rejects(core().charge(bank('c-bca')), { httpStatusCode: '406' })
    await assert.rejects(core().charge({ ...bank('c-sum'), item_details: [] }), {
      httpStatusCode: 400,
    })
  })

  test('sees how a transaction stands, by either id', async () => {
    const { transaction_id } = await core().charge(bank('s-1'))
    const byOrder = await core().transaction.status('s-1')
    assert.deepEqual(byOrder, await core().transaction.status(transaction_id))
    assert.equal(byOrder['signature_key'], hash('sha512', `s-120144000.00${serverKey}`))
    await assert.rejects(core().transaction.status('s-none'), { httpStatusCode: '404' })
    const stranger = pointed(midtransClient.CoreApi, 'SB-Mid-server-wrong')
    await assert.rejects(stranger.transaction.status('s-1'), { httpStatusCode: 401 })
  })

  test('cancels and expires what is pending, with a body that is null', async () => {
    await core().charge(bank('e-1'))
    assert.equal((await core().transaction.cancel('e-1'))['transaction_status'], 'cancel')
    await assert.rejects(core().transaction.cancel('e-1'), { httpStatusCode: '412' })
    await core().charge(bank('e-2'))
    const expired = await core().transaction.expire('e-2')
    assert.deepEqual([expired['status_code'], expired['transaction_status']], ['407', 'expire'])
    // The library takes 407 for no error.
    assert.equal((await core().transaction.status('e-2'))['status_code'], '407')
  })

  test('refunds a wallet in two parts, and no virtual account', async () => {
    await core().charge({ ...details('r-1'), payment_type: 'gopay' })
    await assert.rejects(core().transaction.refund('r-1'), { httpStatusCode: '412' })
    await world.control('/payments/r-1/pay', {})
    const part = { refund_key: 'first', amount: 4_000, reason: 'One seat less' }
    const first = await core().transaction.refund('r-1', part)
    assert.deepEqual(
      [first['transaction_status'], first['refund_amount']],
      ['partial_refund', '4000.00'],
    )
    await assert.rejects(core().transaction.refund('r-1', part), { httpStatusCode: '406' })
    await world.control('/advance', { seconds: 5 })
    const tooMuch = { refund_key: 'second', amount: 40_001 }
    await assert.rejects(core().transaction.refund('r-1', tooMuch), { httpStatusCode: '414' })
    const rest = await core().transaction.refundDirect('r-1', { refund_key: 'second' })
    assert.equal(rest['transaction_status'], 'refund')

    await core().charge(bank('r-2'))
    await world.control('/payments/r-2/pay', {})
    await assert.rejects(core().transaction.refund('r-2'), { httpStatusCode: '412' })
  })

  test('confirms a notification by asking for its transaction', async () => {
    world.shop.received()
    await core().charge(bank('n-1'))
    await world.work()
    await world.control('/payments/n-1/pay', {})
    await world.work()
    const notifications = world.shop.received().filter(({ body }) => body['order_id'] === 'n-1')
    assert.deepEqual(
      notifications.map(({ body }) => body['transaction_status']),
      ['pending', 'settlement'],
    )
    const confirmed = await core().transaction.notification(notifications[1]!.body)
    assert.equal(confirmed['transaction_status'], 'settlement')
  })

  test('opens a page of Snap, whose order has no transaction until the payer chooses', async () => {
    const snap = pointed(midtransClient.Snap)
    const { token, redirect_url } = await snap.createTransaction(details('p-1'))
    assert.ok(redirect_url?.endsWith(`/snap/v3/redirection/${token}`))
    await assert.rejects(snap.transaction.status('p-1'), { httpStatusCode: '404' })
    await world.press(`/midtrans/snap/v3/redirection/${token}/pay`, { channel: 'bca' })
    assert.equal((await snap.transaction.status('p-1'))['transaction_status'], 'pending')
    await assert.rejects(snap.createTransaction(details('p-1')), { httpStatusCode: 400 })
  })
})
