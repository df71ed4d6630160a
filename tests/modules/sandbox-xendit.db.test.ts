import assert from 'node:assert'
import { after, before, describe, test } from 'node:test'
import { callbackToken, openSandboxWorld, type SandboxWorld } from '../support/sandbox-world.ts'

/** What Xendit's own library does not know: version 3, sessions, callback URLs, webhooks. */

let world: SandboxWorld
before(async () => {
  world = await openSandboxWorld()
})
after(() => world[Symbol.asyncDispose]())

const asked = {
  reference_id: 'order-1',
  type: 'PAY',
  country: 'ID',
  currency: 'IDR',
  request_amount: 250_000,
  metadata: { order_id: 'order-1' },
}
const wishes = {
  BCA_VIRTUAL_ACCOUNT: { display_name: 'Sari Dewi' },
  DANA: { success_return_url: 'https://shop.example/thanks' },
  QRIS: {},
}
type ChannelCode = keyof typeof wishes

async function create(channel_code: ChannelCode, reference_id = 'order-1', more: object = {}) {
  const channel_properties = { ...wishes[channel_code], ...more }
  const body = { ...asked, reference_id, channel_code, channel_properties }
  const { status, body: made } = await world.xendit('/v3/payment_requests', body)
  assert.equal(status, 201, JSON.stringify(made))
  return made as Record<string, unknown> & { payment_request_id: string; actions: Action[] }
}
type Action = { type: string; descriptor: string; value: string }

async function webhooksOf(reference: string) {
  await world.work()
  const isAbout = (body: Record<string, unknown>) =>
    JSON.stringify(body).includes(JSON.stringify(reference))
  return world.shop.received().filter(({ body }) => isAbout(body))
}

describe('payment requests', () => {
  test('tell the payer what to do, each channel in its own way', async () => {
    const first = async (code: ChannelCode) => (await create(code)).actions[0]
    const bank = await first('BCA_VIRTUAL_ACCOUNT')
    assert.match(bank?.value ?? '', /^\d{17}$/)
    assert.deepEqual(
      [bank?.type, bank?.descriptor],
      ['PRESENT_TO_CUSTOMER', 'VIRTUAL_ACCOUNT_NUMBER'],
    )
    assert.equal((await first('QRIS'))?.descriptor, 'QR_STRING')
    const wallet = await first('DANA')
    assert.deepEqual([wallet?.type, wallet?.descriptor], ['REDIRECT_CUSTOMER', 'WEB_URL'])
    assert.equal((await fetch(wallet!.value)).status, 200)
  })

  test('are refused with all that is wrong with them, or without the version', async () => {
    const bad = { ...asked, type: 'PAY_AND_SAVE', currency: 'USD', channel_code: 'COWRIES' }
    const refused = await world.xendit('/v3/payment_requests', bad)
    assert.deepEqual([refused.status, refused.body['error_code']], [400, 'API_VALIDATION_ERROR'])
    assert.equal((refused.body['errors'] as string[]).length, 3)
    const small = { ...asked, request_amount: 9_999, channel_code: 'BCA_VIRTUAL_ACCOUNT' }
    const { body } = await world.xendit('/v3/payment_requests', {
      ...small,
      channel_properties: { display_name: 'Sari', expires_at: '2020-01-01T00:00:00Z' },
    })
    assert.equal((body['errors'] as string[]).length, 2)
    const old = await world.xendit('/v3/payment_requests', asked, { 'api-version': '2020-01-01' })
    assert.equal(old.status, 400)
  })

  test('are paid at the bank by their number, and tell so by payment.capture', async () => {
    const expires_at = new Date(Date.now() + 3_600_000).toISOString()
    const { payment_request_id: id, actions } = await create('BCA_VIRTUAL_ACCOUNT', 'v3-paid', {
      expires_at,
    })
    const bank = await world.page(`/bank?number=${actions[0]!.value}`)
    assert.match(bank.text, /250\.000/)
    const page = await world.press(`/xendit/web/${id}/pay`, { amount: '250000' })
    assert.match(page.text, /Sudah dibayar/)

    const [webhook, ...others] = await webhooksOf('v3-paid')
    assert.equal(others.length, 0)
    assert.equal(webhook?.headers['x-callback-token'], callbackToken)
    assert.match(String(webhook?.headers['webhook-id']), /^[0-9a-f-]{36}$/)
    const { event, api_version, data } = webhook!.body
    assert.deepEqual([event, api_version], ['payment.capture', 'v3'])
    const { payment_id, captures, status } = data as Record<string, unknown>
    assert.equal(status, 'SUCCEEDED')
    assert.equal((captures as { capture_amount: number }[])[0]?.capture_amount, 250_000)

    const { body } = await world.xendit(`/v3/payment_requests/${id}`)
    assert.deepEqual([body['status'], body['latest_payment_id']], ['SUCCEEDED', payment_id])
    const payment = await world.xendit(`/v3/payments/${String(payment_id)}`)
    assert.deepEqual([payment.status, payment.body['status']], [200, 'SUCCEEDED'])
    assert.equal((await world.xendit('/v3/payments/py-none')).status, 404)
  })

  test('are cancelled while they wait, and say nothing of it', async () => {
    const { payment_request_id: id } = await create('QRIS', 'v3-cancelled')
    const cancelled = await world.xendit(`/v3/payment_requests/${id}/cancel`, {})
    assert.equal(cancelled.body['status'], 'CANCELED')
    assert.equal((await world.xendit(`/v3/payment_requests/${id}/cancel`, {})).status, 400)
    assert.equal((await world.xendit('/v3/payment_requests/pr-none/cancel', {})).status, 404)
    assert.deepEqual(await webhooksOf('v3-cancelled'), [])
  })

  test('are simulated where the payer would see a number or a code', async () => {
    const code = await create('QRIS', 'v3-simulated')
    const path = (id: string) => `/v3/payment_requests/${id}/simulate`
    const simulated = await world.xendit(path(code.payment_request_id), { amount: 250_000 })
    assert.deepEqual([simulated.status, simulated.body['status']], [200, 'PENDING'])
    const [webhook] = await webhooksOf('v3-simulated')
    assert.equal(webhook?.body['event'], 'payment.capture')
    const wallet = await create('DANA')
    assert.equal((await world.xendit(path(wallet.payment_request_id), { amount: 1 })).status, 400)
  })

  test('fail on the page, and are refunded where the channel can', async () => {
    const { payment_request_id: id } = await create('DANA', 'v3-failed')
    assert.match((await world.press(`/xendit/web/${id}/fail`)).text, /gagal/)
    const [failure] = await webhooksOf('v3-failed')
    assert.equal(failure?.body['event'], 'payment.failure')

    const { payment_request_id: paid } = await create('DANA', 'v3-refunded')
    await world.press(`/xendit/web/${paid}/pay`)
    const refund = {
      payment_request_id: paid,
      reference_id: 'v3-refunded',
      reason: 'CANCELLATION',
    }
    assert.equal((await world.xendit('/refunds', refund)).body['status'], 'PENDING')
    await world.control('/advance', { seconds: 3 })
    const events = (await webhooksOf('v3-refunded')).map(({ body }) => body['event'])
    assert.deepEqual(events.sort(), ['payment.capture', 'refund.succeeded'])
  })
})

describe('sessions', () => {
  const session = {
    reference_id: 'session-1',
    session_type: 'PAY',
    mode: 'PAYMENT_LINK',
    amount: 250_000,
    currency: 'IDR',
    country: 'ID',
    success_return_url: 'https://shop.example/thanks',
  }

  test('are paid on their page, and told twice: as a session and as a payment', async () => {
    const { status, body } = await world.xendit('/sessions', session)
    assert.deepEqual([status, body['status']], [201, 'ACTIVE'])
    const id = String(body['payment_session_id'])
    const shown = await world.page(`/xendit/web/${id}`)
    assert.match(shown.text, /<option value="QRIS">QRIS<\/option>/)
    const tried = await world.press(`/xendit/web/${id}/fail`)
    assert.match(tried.text, /Coba lagi/)
    const paid = await world.press(`/xendit/web/${id}/pay`, { channel: 'QRIS' })
    assert.match(paid.text, /href="https:\/\/shop.example\/thanks"/)

    const webhooks = await webhooksOf('session-1')
    const byEvent = new Map(webhooks.map(({ body }) => [body['event'], body['data']]))
    assert.deepEqual([...byEvent.keys()].sort(), ['payment.capture', 'payment_session.completed'])
    const [one, other] = [...byEvent.values()] as Record<string, string>[]
    assert.equal(one?.['payment_id'], other?.['payment_id'])
    const found = await world.xendit(`/sessions/${id}`)
    assert.equal(found.body['status'], 'COMPLETED')
    const request = await world.xendit(
      `/v3/payment_requests/${String(found.body['payment_request_id'])}`,
    )
    assert.equal(request.body['status'], 'SUCCEEDED')
  })

  test('are over after half an hour, and cancelled without a word', async () => {
    const over = await world.xendit('/sessions', { ...session, reference_id: 'session-over' })
    const cancelled = await world.xendit('/sessions', { ...session, reference_id: 'session-off' })
    const path = `/sessions/${String(cancelled.body['payment_session_id'])}/cancel`
    assert.equal((await world.xendit(path, {})).body['status'], 'CANCELED')
    assert.equal((await world.xendit(path, {})).status, 400)
    await world.control('/advance', { seconds: 1_801 })
    const found = await world.xendit(`/sessions/${String(over.body['payment_session_id'])}`)
    assert.equal(found.body['status'], 'EXPIRED')
    const events = world.shop.received().map(({ body }) => body['event'])
    assert.deepEqual(
      events.filter((event) => String(event).startsWith('payment_session')),
      ['payment_session.expired'],
    )
  })

  test('are refused by what is wrong with them', async () => {
    const soon = new Date(Date.now() + 60_000).toISOString()
    const mistakes: [object, string][] = [
      [{ amount: 0 }, 'INVALID_AMOUNT'],
      [{ currency: 'XXX' }, 'INVALID_CURRENCY'],
      [{ country: 'XX' }, 'INVALID_COUNTRY'],
      [{ mode: 'COMPONENTS' }, 'MODE_NOT_SUPPORTED'],
      [{ success_return_url: 'http://shop.example' }, 'INVALID_URL'],
      [{ expires_at: soon }, 'INVALID_EXPIRY_DATE'],
    ]
    for (const [mistake, code] of mistakes) {
      const { status, body } = await world.xendit('/sessions', { ...session, ...mistake })
      assert.deepEqual([status, body['error_code']], [400, code])
    }
  })
})

test('an invoice is paid by the number of one of its banks', async () => {
  const made = await world.xendit('/v2/invoices', { external_id: 'pool', amount: 90_000 })
  const banks = made.body['available_banks'] as { bank_code: string; bank_account_number: string }[]
  const { bank_code, bank_account_number } = banks[1]!
  const transfer = { bank_code, bank_account_number, transfer_amount: 90_000 }
  const path = '/pool_virtual_accounts/simulate_payment'
  const shown = await world.page(`/bank?number=${bank_account_number}`)
  assert.match(shown.text, new RegExp(`name="channel" value="${bank_code}"`))
  const other = { ...transfer, bank_code: 'BCA' }
  assert.equal((await world.xendit(path, other)).status, 404)
  assert.equal((await world.xendit(path, transfer)).status, 200)
  const { body } = (await webhooksOf('pool'))[0]!
  assert.deepEqual(
    [body['status'], body['payment_method'], body['bank_code'], body['payment_destination']],
    ['PAID', 'BANK_TRANSFER', bank_code, bank_account_number],
  )
})

test('webhooks go where the merchant says from now on', async () => {
  const url = `${world.shop.url}/elsewhere`
  const set = await world.xendit('/callback_urls/invoice', { url })
  assert.deepEqual([set.body['status'], set.body['callback_token']], ['SUCCESSFUL', callbackToken])
  assert.equal((await world.xendit('/callback_urls/invoice', { url: 'nowhere' })).status, 400)
  const { body } = await world.xendit('/v2/invoices', { external_id: 'moved', amount: 1_000 })
  await world.xendit(`/invoices/${String(body['id'])}/expire!`, {})
  assert.equal((await webhooksOf('moved'))[0]?.path, '/elsewhere')
})
