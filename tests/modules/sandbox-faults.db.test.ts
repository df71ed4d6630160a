import assert from 'node:assert'
import { after, before, beforeEach, describe, test } from 'node:test'
import { openSandboxWorld, type SandboxWorld } from '../support/sandbox-world.ts'

/** Every fault of the control page, as the shop sees it. */

let world: SandboxWorld
before(async () => {
  world = await openSandboxWorld()
})
after(() => world[Symbol.asyncDispose]())
beforeEach(async () => {
  await world.work()
  world.shop.answers(() => 200)
  world.shop.received()
})

let count = 0
const newReference = () => `order-${++count}`

async function invoice(reference = newReference(), seconds = 3_600) {
  const asked = { external_id: reference, amount: 100_000, invoice_duration: seconds }
  const { body } = await world.xendit('/v2/invoices', asked)
  return { reference, id: String(body['id']) }
}
async function charge(payment_type = 'gopay', reference = newReference()) {
  const isWallet = payment_type === 'gopay'
  const { body } = await world.midtrans('/v2/charge', {
    transaction_details: { order_id: reference, gross_amount: 100_000 },
    ...(isWallet
      ? { payment_type }
      : { payment_type: 'bank_transfer', bank_transfer: { bank: payment_type } }),
  })
  await world.work()
  world.shop.received()
  return { reference, id: String(body['transaction_id']), body }
}
const pay = async (id: string, how: object = {}) => {
  const { status, body } = await world.control(`/payments/${id}/pay`, how)
  assert.equal(status, 200, JSON.stringify(body))
}
async function set(fault: string, more: object = {}) {
  const { status, body } = await world.control('/faults', { fault, ...more })
  assert.equal(status, 201, JSON.stringify(body))
}
const advance = (seconds: number) => world.control('/advance', { seconds })
/** What the shop was sent, shortly. */
async function told() {
  await world.work()
  return world.shop.received().map(({ body }) => statusOf(body))
}
const statusOf = (body: Record<string, unknown>) =>
  String(body['transaction_status'] ?? body['event'] ?? body['status'])

type Listed = {
  id: string
  event: string
  status: string
  attempts: number
  log: { at: string; outcome: number | string }[]
}
async function deliveriesOf(about: string): Promise<Listed[]> {
  const { body } = await world.control(`/deliveries?about=${about}`)
  return (body['deliveries'] as Listed[]).toReversed()
}
/** When the attempts were made, in minutes after the first, and what became of them. */
async function attemptsOf(about: string, event: string) {
  const delivery = (await deliveriesOf(about)).find((one) => one.event === event)!
  const first = Date.parse(delivery.log[0]!.at)
  const minutes = delivery.log.map(({ at }) => (Date.parse(at) - first) / 60_000)
  return { status: delivery.status, minutes }
}

describe('paying', () => {
  test('another amount than asked for is told as it is', async () => {
    const [under, over] = [await invoice(), await invoice()]
    await pay(under.id, { amount: 99_999 })
    await pay(over.reference, { amount: 100_001, channel: 'BCA' })
    await world.work()
    const amounts = world.shop.received().map(({ body }) => body['paid_amount'])
    assert.deepEqual(amounts.sort(), [100_001, 99_999])

    const bank = await charge('bni')
    await pay(bank.id, { amount: 60_000 })
    const { body } = await world.midtrans(`/v2/${bank.reference}/status`)
    const [part] = body['payment_amounts'] as { amount: string }[]
    assert.deepEqual([body['gross_amount'], part?.amount], ['100000.00', '60000.00'])
  })

  test('after the end is told, and revives no invoice', async () => {
    const late = await invoice(undefined, 60)
    await advance(61)
    assert.deepEqual(await told(), ['EXPIRED'])
    assert.equal((await world.control(`/payments/${late.id}/pay`, {})).status, 409)
    await pay(late.id, { late: true })
    assert.deepEqual(await told(), ['PAID'])
    assert.equal((await world.xendit(`/v2/invoices/${late.id}`)).body['status'], 'EXPIRED')

    const lateCharge = await charge()
    await world.midtrans(`/v2/${lateCharge.reference}/expire`, null)
    assert.deepEqual(await told(), ['expire'])
    await pay(lateCharge.id, { late: true })
    assert.deepEqual(await told(), ['settlement'])
  })

  test('with a fee on top raises the gross amount, and says what it was', async () => {
    const { id, reference } = await charge()
    await pay(id, { fee: 71 })
    await world.work()
    const { body } = world.shop.received()[0]!
    assert.equal(body['gross_amount'], '100071.00')
    const metadata = body['metadata'] as { extra_info: { gross_amount_info: object } }
    assert.deepEqual(metadata.extra_info.gross_amount_info, {
      original_amount: '100000',
      gross_amount: '100071',
      customer_imposed_payment_fee: '71',
    })
    assert.equal(
      (await world.midtrans(`/v2/${reference}/status`)).body['gross_amount'],
      '100071.00',
    )
  })

  test('a GoPay charge by its QR code is told as QRIS', async () => {
    const { id, body } = await charge()
    assert.equal(body['payment_type'], 'gopay')
    await pay(id, { channel: 'qris' })
    await world.work()
    assert.equal(world.shop.received()[0]?.body['payment_type'], 'qris')
  })

  test('can be taken back by the bank', async () => {
    const { id, reference } = await charge('permata')
    assert.equal((await world.control(`/payments/${id}/reverse`, {})).status, 409)
    await pay(id)
    assert.deepEqual(await told(), ['settlement'])
    assert.equal((await world.control(`/payments/${id}/reverse`, {})).status, 200)
    assert.deepEqual(await told(), ['deny'])
    const { body } = await world.midtrans(`/v2/${reference}/status`)
    assert.deepEqual([body['transaction_status'], body['fraud_status']], ['deny', 'deny'])
  })

  test('happens once or not at all when everything happens at the same moment', async () => {
    for (let round = 0; round < 10; round++) {
      const { id } = await invoice()
      const ways = ['pay', 'expire', 'pay', 'cancel', 'expire']
      const answers = await Promise.all(
        ways.map((what) => world.control(`/payments/${id}/${what}`, {})),
      )
      const statuses = answers.map(({ status }) => status).sort()
      assert.deepEqual(statuses, [200, 409, 409, 409, 409])
      assert.equal((await told()).length, 1)
    }
  })

  test('can fail, be cancelled and be ended from the control page', async () => {
    const payments = [await charge(), await charge(), await charge()]
    for (const [i, what] of ['fail', 'cancel', 'expire'].entries()) {
      const path = `/payments/${payments[i]!.reference}/${what}`
      assert.equal((await world.control(path, {})).status, 200)
      assert.equal((await world.control(path, {})).status, 409)
    }
    assert.deepEqual((await told()).sort(), ['cancel', 'deny', 'expire'])
    assert.equal((await world.control('/payments/none/cancel', {})).status, 404)
  })
})

describe('webhooks', () => {
  test('are held, and released in another order', async () => {
    await set('hold', { times: 2 })
    const [first, second] = [await invoice(), await invoice()]
    await pay(first.id)
    await world.xendit(`/invoices/${second.id}/expire!`, {})
    assert.deepEqual(await told(), [])
    const held = [...(await deliveriesOf(second.id)), ...(await deliveriesOf(first.id))]
    assert.deepEqual(
      held.map(({ status }) => status),
      ['held', 'held'],
    )
    await world.control('/deliveries/release', { ids: held.map(({ id }) => id) })
    const order = world.shop.received().map(({ body }) => body['external_id'])
    assert.deepEqual(order, [second.reference, first.reference])
    await set('hold')
    await pay((await invoice()).id)
    await world.control('/deliveries/release', {})
    assert.equal(world.shop.received().length, 1)
  })

  test('are late by so many seconds', async () => {
    const { id } = await invoice()
    await set('delay', { seconds: 300 })
    await pay(id)
    assert.deepEqual(await told(), [])
    await advance(299)
    assert.deepEqual(await told(), [])
    await advance(2)
    assert.deepEqual(await told(), ['PAID'])
  })

  test('are lost', async () => {
    const { id } = await invoice()
    await set('drop', { about: id })
    await pay(id)
    await advance(86_400)
    assert.deepEqual(await told(), [])
    assert.deepEqual(
      (await deliveriesOf(id)).map(({ status }) => status),
      ['dropped'],
    )
  })

  test('come twice under one id, and again when somebody asks', async () => {
    const { id, reference } = await invoice()
    await set('duplicate', { about: reference })
    await pay(id)
    await world.work()
    const twice = world.shop.received()
    const [delivery] = await deliveriesOf(id)
    await world.control(`/deliveries/${delivery!.id}/resend`, {})
    const again = world.shop.received()
    await world.control(`/deliveries/${delivery!.id}/duplicate`, {})
    const twiceAgain = world.shop.received()
    assert.deepEqual([twice.length, again.length, twiceAgain.length], [2, 1, 2])
    const all = [...twice, ...again, ...twiceAgain]
    assert.equal(new Set(all.map(({ headers }) => headers['webhook-id'])).size, 1)
    assert.equal(new Set(all.map(({ body }) => JSON.stringify(body))).size, 1)
    const unknown = '/deliveries/00000000-0000-7000-8000-000000000000/resend'
    assert.equal((await world.control(unknown, {})).status, 404)
  })

  test('are forged: a wrong token, a wrong signature', async () => {
    await set('forge', { times: 2 })
    await pay((await invoice()).id)
    await world.work()
    assert.equal(world.shop.received()[0]?.headers['x-callback-token'], 'a-forged-token')
    await world.control('/faults', undefined, { method: 'DELETE' })
    const { id, reference } = await charge()
    await set('forge', { operation: 'settlement' })
    await pay(id)
    await world.work()
    const [forged] = world.shop.received()
    const { body } = await world.midtrans(`/v2/${reference}/status`)
    assert.equal(forged?.body['gross_amount'], body['gross_amount'])
    assert.notEqual(forged?.body['signature_key'], body['signature_key'])
  })

  test('come without their id', async () => {
    await set('no-webhook-id')
    await pay((await invoice()).id)
    await world.work()
    assert.equal(world.shop.received()[0]?.headers['webhook-id'], undefined)
  })

  test('befall only the event and the payment they were set for, so many times', async () => {
    const [mine, other] = [await invoice(), await invoice()]
    await set('drop', { about: mine.reference, operation: 'invoice.expired' })
    await pay(other.id)
    await pay(mine.id)
    assert.equal((await told()).length, 2)
    const { body } = await world.control('')
    assert.equal((body['faults'] as object[]).length, 1)
    await world.control('/faults', undefined, { method: 'DELETE' })
  })
})

describe('trying again', () => {
  const day = 86_400
  test('Xendit does for a day, at its own times', async () => {
    const { id } = await invoice()
    world.shop.answers(() => 500)
    await pay(id)
    await world.work()
    assert.equal(world.shop.received().length, 1)
    await advance(14 * 60)
    assert.equal(world.shop.received().length, 0)
    await advance(60)
    assert.equal(world.shop.received().length, 1)
    await advance(2 * day)
    assert.equal(world.shop.received().length, 5)
    assert.deepEqual(await attemptsOf(id, 'invoice.paid'), {
      status: 'given-up',
      minutes: [0, 15, 60, 180, 360, 720, 1_440],
    })
  })

  test('Xendit does not when there was no answer at all', async () => {
    const { id } = await invoice()
    world.shop.answers(() => 'silence')
    await pay(id)
    await world.work()
    await advance(2 * day)
    assert.equal(world.shop.received().length, 1)
    assert.deepEqual(await attemptsOf(id, 'invoice.paid'), { status: 'timeout', minutes: [0] })
  })

  test('one that is not answered holds up no other', async () => {
    const [silent, quick] = [await invoice(), await invoice()]
    world.shop.answers(({ body }) => (body['external_id'] === silent.reference ? 'silence' : 200))
    await pay(silent.id)
    await pay(quick.id)
    const working = world.work()
    let answered: string | undefined
    for (let tries = 0; tries < 15 && answered !== 'delivered'; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      answered = (await deliveriesOf(quick.id))[0]?.status
    }
    const meanwhile = (await deliveriesOf(silent.id))[0]?.status
    await working
    assert.deepEqual([answered, meanwhile], ['delivered', 'pending'])
  })

  const table: [answer: number, minutes: number[]][] = [
    [500, [0, 2]],
    [400, [0, 2, 12]],
    [404, [0, 2, 12]],
    [503, [0, 2, 12, 42, 132]],
    [418, [0, 2, 12, 42, 132, 342]],
    [302, [0]],
  ]
  for (const [answer, minutes] of table) {
    test(`Midtrans tries ${minutes.length - 1} times after a ${answer}`, async () => {
      const { id } = await charge()
      const location = `${world.shop.url}/elsewhere`
      world.shop.answers(() => (answer === 302 ? { status: 302, location } : answer))
      await pay(id)
      await world.work()
      await advance(day)
      assert.equal(world.shop.received().length, minutes.length)
      assert.deepEqual(await attemptsOf(id, 'settlement'), { status: 'given-up', minutes })
    })
  }

  test('Midtrans tries again after no answer, and follows a redirect that keeps the body', async () => {
    const { id } = await charge()
    let calls = 0
    const location = `${world.shop.url}/elsewhere`
    world.shop.answers(({ path }) => {
      if (++calls === 1) return 'silence'
      return path === '/elsewhere' ? 200 : { status: 307, location }
    })
    await pay(id)
    await world.work()
    await advance(day)
    const paths = world.shop.received().map(({ path }) => path)
    assert.deepEqual(paths, ['/midtrans', '/midtrans', '/elsewhere'])
    const { status, minutes } = await attemptsOf(id, 'settlement')
    assert.deepEqual([status, minutes], ['delivered', [0, 2]])
  })
})

describe('calls', () => {
  const found = async (reference: string) => {
    const { body } = await world.xendit(`/v2/invoices?external_id=${reference}`)
    return (body as unknown as object[]).length
  }

  test('are not answered, and what they ask for is not done', async () => {
    await set('no-answer', { operation: 'create-invoice' })
    const reference = newReference()
    const asking = fetch(`${world.url}/sandbox/xendit/v2/invoices`, {
      method: 'POST',
      signal: AbortSignal.timeout(100),
      headers: {
        authorization: `Basic ${btoa('xnd_development_test:')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ external_id: reference, amount: 1 }),
    })
    await assert.rejects(asking, { name: 'TimeoutError' })
    assert.equal(await found(reference), 0)
    assert.ok((await invoice(reference)).id)
  })

  test('do what they ask for, but the answer is lost', async () => {
    await set('answer-lost', { operation: 'create-invoice', times: 2 })
    const reference = newReference()
    await assert.rejects(invoice(reference), TypeError)
    await assert.rejects(invoice(reference), TypeError)
    assert.equal(await found(reference), 2)
    await set('answer-lost', { operation: 'charge' })
    const order = newReference()
    await assert.rejects(charge('bca', order), TypeError)
    assert.equal((await world.midtrans(`/v2/${order}/status`)).body['status_code'], '201')
  })

  test('fail with an error of the gateway, a page of a proxy, or too many of them', async () => {
    const reference = newReference()
    const about = { about: reference }
    const once = () => world.xendit('/v2/invoices', { external_id: reference, amount: 1 })
    await set('error', { ...about, status: 503 })
    const broken = await once()
    assert.deepEqual([broken.status, broken.body['error_code']], [503, 'SERVER_ERROR'])
    await set('html-error', about)
    const html = await once()
    assert.equal(html.status, 502)
    assert.match(html.text, /^<html>/)
    await set('rate-limit', about)
    const limited = await once()
    assert.deepEqual(
      [limited.status, limited.body['error_code'], limited.headers.get('rate-limit-remaining')],
      [429, 'RATE_LIMIT_EXCEEDED', '0'],
    )
    assert.equal(await found(reference), 0)
    assert.equal((await once()).status, 200)

    await set('rate-limit', { operation: 'get-status' })
    const midtrans = await world.midtrans('/v2/x/status')
    assert.deepEqual(
      [midtrans.status, midtrans.body],
      [429, { message: 'API rate limit exceeded' }],
    )
    await set('error', { operation: 'create-snap' })
    const snap = await world.midtrans('/snap/v1/transactions', {})
    assert.deepEqual([snap.status, Object.keys(snap.body)], [500, ['error_messages']])
  })

  test('are answered after the webhook of what they made', async () => {
    for (const operation of ['create-invoice', 'charge', 'create-session', 'create-snap']) {
      await set('webhook-before-answer', { operation })
    }
    await invoice()
    assert.deepEqual(
      world.shop.received().map(({ body }) => statusOf(body)),
      ['PAID'],
    )
    const reference = newReference()
    const { body } = await world.midtrans('/v2/charge', {
      transaction_details: { order_id: reference, gross_amount: 1_000 },
      payment_type: 'gopay',
    })
    assert.equal(body['transaction_status'], 'pending')
    const before = world.shop.received().map(({ body }) => statusOf(body))
    assert.deepEqual(before, ['pending', 'settlement'])
    const details = { order_id: newReference(), gross_amount: 1_000 }
    await world.midtrans('/snap/v1/transactions', { transaction_details: details })
    assert.equal(world.shop.received().length, 2)
    await world.control('/faults', undefined, { method: 'DELETE' })
  })

  test('get another virtual account number than they wished for', async () => {
    await set('other-va-number', { operation: 'charge' })
    const wish = async () => {
      const { body } = await world.midtrans('/v2/charge', {
        transaction_details: { order_id: newReference(), gross_amount: 1_000 },
        payment_type: 'bank_transfer',
        bank_transfer: { bank: 'bca', va_number: '777' },
      })
      return (body['va_numbers'] as { va_number: string }[])[0]?.va_number
    }
    assert.notEqual(await wish(), '8127800000000777')
    assert.equal(await wish(), '8127800000000777')
  })

  test('begin refunds that fail', async () => {
    const { id } = await invoice()
    await pay(id)
    await set('refund-fails', { operation: 'create-refund' })
    const asked = { invoice_id: id, reason: 'OTHERS' }
    assert.equal((await world.xendit('/refunds', asked)).body['status'], 'PENDING')
    await advance(3)
    assert.deepEqual((await told()).sort(), ['PAID', 'refund.failed'])
    const { body } = await world.xendit(`/refunds?invoice_id=${id}`)
    const [refund] = body['data'] as Record<string, string>[]
    assert.deepEqual([refund?.['status'], refund?.['failure_code']], ['FAILED', 'REFUND_FAILED'])

    const wallet = await charge()
    await pay(wallet.id)
    await set('refund-fails', { operation: 'refund' })
    const denied = await world.midtrans(`/v2/${wallet.reference}/refund`, { refund_key: 'r' })
    assert.deepEqual(
      [denied.body['status_code'], denied.body['transaction_status']],
      ['202', 'settlement'],
    )
  })
})
