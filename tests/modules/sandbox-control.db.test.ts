import assert from 'node:assert'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createHttpServer } from '../../src/platform/http-server.ts'
import { sandboxModule, type SandboxModuleOptions } from '../../src/modules/sandbox/index.ts'
import pino from 'pino'
import { openSandboxWorld, type SandboxWorld } from '../support/sandbox-world.ts'

let world: SandboxWorld
before(async () => {
  world = await openSandboxWorld()
})
after(() => world[Symbol.asyncDispose]())

const invoice = async (external_id: string) => {
  const { body } = await world.xendit('/v2/invoices', { external_id, amount: 100_000 })
  return String(body['id'])
}

test('the page shows payments, webhooks and faults, and its buttons work', async () => {
  const id = await invoice('<script>alert(1)</script>')
  const set = await world.press('/control/faults', {
    fault: 'delay',
    operation: '',
    about: id,
    times: '2',
    seconds: '60',
    status: '',
  })
  assert.equal(set.url, `${world.url}/sandbox`)
  const paid = await world.press(`/control/payments/${id}/pay`, {
    amount: '90000',
    channel: 'QRIS',
    fee: '',
  })
  assert.match(paid.text, /Rp\s90\.000/)
  assert.match(paid.text, /<b>delay<\/b>.*× 1/s)
  assert.match(paid.text, /invoice\.paid/)
  assert.doesNotMatch(paid.text, /<script/)
  const clock = async () => Date.parse(String((await world.control('')).body['now']))
  const before = await clock()
  assert.match((await world.press('/control/advance', { seconds: '60' })).text, /delivered/)
  assert.ok((await clock()) - before >= 60_000)
  await world.press('/control/faults/remove')
  assert.deepEqual((await world.control('')).body['faults'], [])
})

test('every page forbids scripts, frames and strange targets', async () => {
  const id = await invoice('page')
  for (const path of ['', '/bank', `/xendit/web/${id}`, '/midtrans/web/none']) {
    const { headers } = await world.page(path)
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/)
  }
})

test('what makes no sense is refused', async () => {
  const id = await invoice('nonsense')
  const refused: [string, unknown][] = [
    ['/faults', { fault: 'earthquake' }],
    ['/faults', { fault: 'error', status: 200 }],
    ['/advance', { seconds: -1 }],
    [`/payments/${id}/pay`, { amount: 0 }],
    [`/payments/${id}/pay`, { channel: 'cowries' }],
    [`/payments/${id}/pay`, { amuont: 90_000 }],
    [`/payments/${id}/pay`, { fee: 1_000 }],
    [`/payments/${id}/pay`, { late: 'yes' }],
    [`/payments/${id}/expire`, { seconds: 60 }],
    [`/payments/${id}/reverse`, { amount: 1 }],
    ['/deliveries/release', { ids: ['x'] }],
    ['/deliveries/x/resend', {}],
    [`/deliveries/${randomUUID()}/forge`, { times: 2 }],
    ['/faults/remove', { fault: 'error' }],
    ['/faults', { fault: 'error', seconds: 60 }],
    ['/faults', { fault: 'drop', status: 500 }],
    ['/faults', { fault: 'drop', times: 0 }],
    ['/payments?abuot=x', undefined],
    ['/payments?status=paid', undefined],
    ['/deliveries?status=lost', undefined],
    ['/deliveries?limit=0', undefined],
  ]
  for (const [path, body] of refused) {
    const { status } = await world.control(path, body)
    assert.equal(status, 400, `${path} ${JSON.stringify(body)}`)
  }
  const { body } = await world.control('/faults', { fault: 'earthquake' })
  assert.match(String(body['message']), /fault .*: no-answer, error, .*no-webhook-id$/)
  const late = await world.press(`/control/payments/${id}/pay`, { late: 'yes' })
  assert.equal(late.status, 400)
  assert.equal((await world.xendit(`/v2/invoices/${id}`)).body['status'], 'PENDING')
  assert.deepEqual((await world.control('')).body['faults'], [])
})

test('what is not there is not found', async () => {
  const ids = [randomUUID()]
  assert.equal((await world.control('/deliveries/release', { ids })).status, 404)
  const gone = await world.control(`/faults/${ids[0]}`, undefined, { method: 'DELETE' })
  assert.equal(gone.status, 404)
})

test('a fault that could never befall anything is refused, and what it can befall is named', async () => {
  const midtrans =
    'charge, get-status, cancel, expire, refund, direct-refund, create-snap, cancel-snap'
  const xendit =
    'create-invoice, get-invoice, list-invoices, expire-invoice, simulate-pool-payment, ' +
    'create-payment-request, get-payment-request, cancel-payment-request, simulate-payment, ' +
    'get-payment, create-session, get-session, cancel-session, create-refund, get-refund, ' +
    'list-refunds, set-callback-url'
  const events =
    'invoice.paid, invoice.expired, payment.capture, payment.failure, payment_request.expiry, ' +
    'payment_session.completed, payment_session.expired, refund.succeeded, refund.failed, ' +
    'pending, settlement, deny, cancel, expire, refund, partial_refund'
  const refused: [string, string, string][] = [
    ['error', 'crete-invoice', `${xendit}, ${midtrans}`],
    ['no-answer', 'settlement', `${xendit}, ${midtrans}`],
    ['drop', 'invoice.payed', events],
    ['hold', 'charge', events],
    ['other-va-number', 'create-invoice', 'charge'],
    ['refund-fails', 'get-refund', 'create-refund, refund, direct-refund'],
    [
      'webhook-before-answer',
      'get-status',
      'create-invoice, create-payment-request, create-session, charge, create-snap',
    ],
  ]
  for (const [fault, operation, known] of refused) {
    const { status, body } = await world.control('/faults', { fault, operation })
    const message = `operation: what ${fault} can befall is ${known}`
    assert.deepEqual([status, body['message']], [400, message])
    for (const operation of known.split(', ')) {
      assert.equal((await world.control('/faults', { fault, operation })).status, 201, operation)
    }
  }
  assert.equal(
    (await world.press('/control/faults', { fault: 'drop', operation: 'x' })).status,
    400,
  )
  await world.control('/faults', undefined, { method: 'DELETE' })
})

test('payments are found by id and by reference', async () => {
  const id = await invoice('found')
  for (const about of [id, 'found']) {
    const { body } = await world.control(`/payments?about=${about}`)
    const payments = body['payments'] as { id: string; reference: string }[]
    assert.deepEqual(
      payments.map((payment) => [payment.id, payment.reference]),
      [[id, 'found']],
    )
  }
})

test('one fault is one set, and gone when it is removed', async () => {
  const set = async () => {
    const fault = { fault: 'error', operation: 'get-invoice' }
    return ((await world.control('/faults', fault)).body['fault'] as { id: string }).id
  }
  await set()
  const id = await set()
  await world.control(`/faults/${id}`, undefined, { method: 'DELETE' })
  assert.equal((await world.xendit('/v2/invoices/none')).status, 500)
  assert.equal((await world.xendit('/v2/invoices/none')).status, 404)
})

/** How the control page answers when the sandbox is composed like this. */
async function answers(
  options: Pick<SandboxModuleOptions, 'control'> & { publicUrl?: string },
  headers: Record<string, string> = {},
  remoteAddress = '127.0.0.1',
) {
  const server = await createHttpServer({
    logger: pino({ level: 'silent' }),
    version: 'test',
    authenticate: async () => undefined,
  })
  const key = 'x'.repeat(32)
  sandboxModule({
    pool: world.pool,
    clock: () => new Date(),
    secretKey: key,
    callbackToken: key,
    serverKey: key,
    webhookUrls: { xendit: world.shop.url, midtrans: world.shop.url },
    merchantName: 'Karcis',
    publicUrl: 'http://localhost:3000',
    ...options,
  }).routes(server)
  const url = '/sandbox/control'
  const response = await server.inject({
    url,
    remoteAddress,
    headers: { host: 'localhost:3000', ...headers },
  })
  await server.close()
  return response.statusCode
}

test('only who sits at this machine may control it, unless it is opened to anyone', async () => {
  const loopback = { control: 'loopback' } as const
  assert.equal(await answers(loopback), 200)
  assert.equal(await answers(loopback, {}, '::1'), 200)
  const strangers: [Record<string, string>, string][] = [
    [{}, '192.0.2.7'],
    [{ host: 'evil.example' }, '127.0.0.1'],
    [{ 'x-forwarded-for': '192.0.2.7' }, '127.0.0.1'],
    [{ forwarded: 'for=192.0.2.7' }, '127.0.0.1'],
    [{ origin: 'https://evil.example' }, '127.0.0.1'],
    [{ 'sec-fetch-site': 'cross-site' }, '127.0.0.1'],
  ]
  for (const [headers, address] of strangers) {
    assert.equal(await answers(loopback, headers, address), 403, JSON.stringify(headers))
  }
  assert.equal(await answers({ control: 'anyone' }, { host: 'demo.example' }, '192.0.2.7'), 200)
  assert.equal(await answers({ control: 'anyone' }, { origin: 'https://evil.example' }), 403)
})

test('there is nothing to control where the shop has a public address, or nobody may', async () => {
  const publicUrl = 'https://tickets.example'
  assert.equal(await answers({ control: 'loopback', publicUrl }), 404)
  assert.equal(await answers({ control: 'nobody' }), 404)
  assert.equal(await answers({ control: 'anyone', publicUrl }), 200)
})

test('what is older than a month is forgotten, unless it waits', async () => {
  const [paid, waiting] = [await invoice('old-paid'), await invoice('old-waiting')]
  await world.control(`/payments/${paid}/pay`, {})
  await world.work()
  await world.pool.query(
    `update sandbox.payments set created_at = now() - interval '31 days',
       expires_at = now() + interval '1 year' where reference like 'old-%'`,
  )
  await world.pool.query(
    `update sandbox.deliveries set created_at = now() - interval '31 days' where payment_id = $1`,
    [paid],
  )
  await world.work()
  const left = async (id: string) => (await world.xendit(`/v2/invoices/${id}`)).status
  assert.deepEqual([await left(paid), await left(waiting)], [404, 200])
  const { rows } = await world.pool.query(
    `select count(*) as count from sandbox.deliveries where payment_id = $1`,
    [paid],
  )
  assert.deepEqual(rows, [{ count: 0 }])
})
