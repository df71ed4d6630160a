import assert from 'node:assert'
import { hash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { openSandboxWorld, type SandboxWorld } from '../support/sandbox-world.ts'

/** What Midtrans' own library cannot send or see. */

/** Of the example in Midtrans' page on notifications. */
const serverKey = 'askvnoibnosifnboseofinbofinfgbiufglnbfg'

let world: SandboxWorld
before(async () => {
  world = await openSandboxWorld({ serverKey })
})
after(() => world[Symbol.asyncDispose]())

type Body = Record<string, unknown>
const details = (order_id: string) => ({
  transaction_details: { order_id, gross_amount: 44_000 },
})
const bank = (order_id: string, more: Body = {}) => ({
  ...details(order_id),
  payment_type: 'bank_transfer',
  bank_transfer: { bank: 'bca', ...more },
})
const charge = async (body: Body, headers: Record<string, string> = {}) =>
  (await world.midtrans('/v2/charge', body, headers)).body
const status = async (id: string) => (await world.midtrans(`/v2/${id}/status`)).body

async function notificationsOf(orderId: string) {
  await world.work()
  return world.shop.received().filter(({ body }) => body['order_id'] === orderId)
}

describe('a charge', () => {
  test('is told what is wrong with it, in HTTP 400', async () => {
    const mistakes: [Body, RegExp][] = [
      [{ ...bank('x'), transaction_details: {} }, /order_id is required.*gross_amount is required/],
      [bank('a/b'), /order_id is not valid/],
      [bank('a'.repeat(51)), /order_id is not valid/],
      [{ ...bank('x'), transaction_details: { order_id: 'x', gross_amount: 1.5 } }, /not a number/],
      [{ ...bank('x'), item_details: [{ price: 1, quantity: 1 }] }, /sum of item_details/],
      [{ ...bank('x'), custom_expiry: { expiry_duration: 5, unit: 'second' } }, /out of range/],
      [{ ...bank('x'), custom_expiry: { order_time: 'noon', expiry_duration: 5 } }, /order_time/],
      [{ ...details('x'), payment_type: 'echannel', echannel: {} }, /bill_info1.*bill_info2/],
    ]
    for (const [body, expected] of mistakes) {
      const answer = await world.midtrans('/v2/charge', body)
      assert.deepEqual([answer.status, answer.body['status_code']], [400, '400'])
      assert.match(JSON.stringify(answer.body['validation_messages']), expected)
    }
    const unknown = await charge({ ...details('x'), payment_type: 'cowries' })
    assert.equal(unknown['status_code'], '402')
  })

  test('lasts as long as asked, by the clocks of Jakarta', async () => {
    const made = await charge({
      ...bank('lasts'),
      custom_expiry: {
        order_time: new Date(Date.now() + 7 * 3_600_000)
          .toISOString()
          .replace(/T(.{8}).*/, ' $1 +0700'),
        expiry_duration: 2,
        unit: 'hour',
      },
    })
    const instant = (name: string) => Date.parse(`${String(made[name]).replace(' ', 'T')}+07:00`)
    assert.ok(Math.abs(instant('transaction_time') - Date.now()) < 5_000)
    assert.equal((instant('expiry_time') - instant('transaction_time')) / 60_000, 120)
  })

  test('gives the number that was wished for, and another when that one is in use', async () => {
    const number = async (orderId: string) => {
      const { va_numbers } = await charge(bank(orderId, { va_number: '123' }))
      return (va_numbers as { va_number: string }[])[0]?.va_number
    }
    assert.equal(await number('wish-1'), '8127800000000123')
    assert.match((await number('wish-2')) ?? '', /^81278(?!00000000123)\d{11}$/)
  })

  test('of an order is refused while another stands, and allowed after that one ended', async () => {
    await charge(bank('again'))
    const second = await world.midtrans('/v2/charge', bank('again'))
    assert.deepEqual([second.status, second.body['status_code']], [200, '406'])
    await world.midtrans('/v2/again/cancel', null)
    assert.equal((await charge(bank('again')))['status_code'], '201')
    const both = await Promise.all([charge(bank('race')), charge(bank('race'))])
    assert.deepEqual(both.map((answer) => answer['status_code']).sort(), ['201', '406'])
  })

  test('by GoPay has actions, and a picture to scan', async () => {
    const { actions } = await charge({ ...details('picture'), payment_type: 'gopay' })
    const [picture, link] = actions as { name: string; url: string }[]
    const image = await fetch(picture!.url)
    assert.equal(image.headers.get('content-type'), 'image/png')
    assert.equal(Buffer.from(await image.arrayBuffer()).toString('latin1', 1, 4), 'PNG')
    assert.match(await (await fetch(link!.url)).text(), /<svg.*GoPay/s)
    assert.equal((await world.page('/midtrans/v2/qris/none/qr-code')).status, 404)
  })
})

describe('an idempotency key', () => {
  const idempotent = (key: string) => ({ 'idempotency-key': key })

  test('repeats a success for five minutes, whatever the body, and no longer', async () => {
    const first = await charge(bank('key-1'), idempotent('k1'))
    assert.deepEqual(await charge(bank('key-other'), idempotent('k1')), first)
    await world.control('/advance', { seconds: 301 })
    assert.equal((await charge(bank('key-1'), idempotent('k1')))['status_code'], '406')
  })

  test('is passed over when it is too long, and for Permata', async () => {
    const long = idempotent('k'.repeat(47))
    await charge(bank('key-2'), long)
    assert.equal((await charge(bank('key-2'), long))['status_code'], '406')
    const permata = bank('key-3', { bank: 'permata' })
    await charge(permata, idempotent('k3'))
    assert.equal((await charge(permata, idempotent('k3')))['status_code'], '406')
  })

  test('does not keep a refusal, and lets only one of two at once through', async () => {
    assert.equal((await charge({}, idempotent('k4')))['status_code'], '400')
    assert.equal((await charge(bank('key-4'), idempotent('k4')))['status_code'], '201')
    const both = await Promise.all(
      ['key-5', 'key-6'].map((orderId) => charge(bank(orderId), idempotent('k5'))),
    )
    const codes = both.map((answer) => answer['status_code'])
    assert.ok(codes.includes('201'))
    const made = await Promise.all(['key-5', 'key-6'].map(status))
    assert.equal(made.filter((answer) => answer['status_code'] === '201').length, 1)
  })
})

describe('a notification', () => {
  test('is signed over what it says, and comes from Veritrans', async () => {
    await charge({ ...bank('told', { bank: 'bni' }), custom_field1: 'row 7' })
    await world.press(`/midtrans/web/${String((await status('told'))['transaction_id'])}/pay`)
    const told = await notificationsOf('told')
    assert.equal(told.length, 2)
    for (const { headers, body } of told) {
      assert.equal(headers['user-agent'], 'Veritrans')
      const { status_code, gross_amount, signature_key } = body as Record<string, string>
      assert.equal(gross_amount, '44000.00')
      assert.equal(signature_key, hash('sha512', `told${status_code}${gross_amount}${serverKey}`))
      assert.equal(body['custom_field1'], 'row 7')
    }
    const settled = told.find(({ body }) => body['transaction_status'] === 'settlement')?.body
    const { paid_at, amount } = (settled?.['payment_amounts'] as Record<string, string>[])[0]!
    assert.equal(amount, '44000.00')
    assert.match(paid_at ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  })

  test('has the signature of the example that Midtrans documents', async () => {
    const transaction_details = { order_id: '1111', gross_amount: 100_000 }
    await charge({ ...bank('1111'), transaction_details })
    await notificationsOf('1111')
    await world.control('/payments/1111/pay', {})
    const [settled] = await notificationsOf('1111')
    assert.equal(
      settled?.body['signature_key'],
      'edc076b21793ebe3e17926350f5b8ae67d902fe657b3d0aa31b932d5c127e237' +
        '5d308a2bc94f3265ac2d80a1f181a79b997ac178a236fcff35af263fc4d4c231',
    )
  })

  test('of a refund comes twice, the second time confirmed by the bank', async () => {
    await charge({ ...details('back'), payment_type: 'qris' })
    await world.control('/payments/back/pay', {})
    await notificationsOf('back')
    await world.midtrans('/v2/back/refund', { refund_key: 'r-1', amount: 4_000, reason: 'Ill' })
    const [begun] = await notificationsOf('back')
    await world.control('/advance', { seconds: 3 })
    const [confirmed] = await notificationsOf('back')
    for (const told of [begun, confirmed]) {
      assert.equal(told?.body['transaction_status'], 'partial_refund')
      assert.equal(told?.body['refund_amount'], '4000.00')
    }
    const refundIn = (told: typeof begun) => (told?.body['refunds'] as Body[])[0]
    assert.equal(refundIn(begun)?.['bank_confirmed_at'], undefined)
    assert.match(String(refundIn(confirmed)?.['bank_confirmed_at']), /^\d{4}-/)
  })

  test('goes where the charge says, instead or besides', async () => {
    const url = (path: string) => `${world.shop.url}${path}`
    const paths = async (orderId: string) =>
      (await notificationsOf(orderId)).map(({ path }) => path).sort()
    await charge(bank('over'), { 'x-override-notification': `${url('/a')}, ${url('/b')}` })
    assert.deepEqual(await paths('over'), ['/a', '/b'])
    await charge(bank('append'), { 'x-append-notification': url('/c') })
    assert.deepEqual(await paths('append'), ['/c', '/midtrans'])
  })
})

describe('Snap', () => {
  test('says in its own way what is wrong', async () => {
    const refused = await world.midtrans('/snap/v1/transactions', {})
    assert.equal(refused.status, 400)
    assert.ok(
      (refused.body['error_messages'] as string[]).includes(
        'transaction_details.order_id is required',
      ),
    )
    const response = await fetch(`${world.url}/sandbox/midtrans/snap/v1/transactions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    assert.equal(response.status, 401)
    assert.ok(Array.isArray(((await response.json()) as Body)['error_messages']))
  })

  test('lets the payer choose, go back and choose again', async () => {
    const { body } = await world.midtrans('/snap/v1/transactions', {
      ...details('snap-1'),
      enabled_payments: ['bca_va', 'gopay'],
    })
    const path = `/midtrans/snap/v3/redirection/${String(body['token'])}`
    const page = await world.page(path)
    assert.match(page.text, /BCA Virtual Account/)
    assert.doesNotMatch(page.text, /BNI/)
    const chosen = await world.press(`${path}/pay`, { channel: 'bca' })
    assert.match(chosen.text, /<dd class="number">\s*81278\d{11}\s*<\/dd>/)
    const again = await world.press(`${path}/pay`, { channel: 'gopay' })
    await world.press(`${new URL(again.url).pathname.replace('/sandbox', '')}/pay`)
    assert.equal((await status('snap-1'))['transaction_status'], 'settlement')
    const told = (await notificationsOf('snap-1')).map(({ body }) => body['transaction_id'])
    assert.equal(new Set(told).size, 2)
  })

  test('is cancelled before a choice, and gives way to a newer page', async () => {
    const open = async () =>
      String((await world.midtrans('/snap/v1/transactions', details('snap-2'))).body['token'])
    const cancel = (token: string) => world.midtrans(`/snap/v1/transactions/${token}/cancel`, null)
    const [old, fresh] = [await open(), await open()]
    assert.deepEqual((await cancel(old)).body, { error_messages: ['token already canceled'] })
    assert.equal(typeof (await cancel(fresh)).body['canceled_at'], 'string')
    assert.deepEqual((await cancel('none')).body, { error_messages: ['token not found'] })
    const used = await open()
    await world.press(`/midtrans/snap/v3/redirection/${used}/pay`, { channel: 'bni' })
    assert.deepEqual((await cancel(used)).body, { error_messages: ['Transaction is on progress'] })
  })
})
