import assert from 'node:assert'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import pino from 'pino'
import type { Envelope } from '../../src/kernel/message.ts'
import { createHttpServer } from '../../src/platform/http-server.ts'
import { newId } from '../../src/platform/ids.ts'
import type { Http } from '../../src/platform/module.ts'
import { midtransGateway, paymentModule, xenditGateway } from '../../src/modules/payment/index.ts'
import { sandboxModule } from '../../src/modules/sandbox/index.ts'
import { createTestDatabase } from './database.ts'

export const secretKey = 'xnd_development_test'
export const callbackToken = 'the-callback-token'
export const serverKey = 'SB-Mid-server-test'

const admin = {
  userId: newId(),
  name: 'Admin',
  email: 'admin@karcis.example',
  roles: ['admin' as const],
}
const buyer = { ...admin, roles: ['buyer' as const] }

/** Payment and the sandbox in one process on a real port, with a clock that can be put forward. */
export async function openPaymentWorld() {
  const database = await createTestDatabase()
  const { pool } = database
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  let passedMillis = 0
  const clock = () => new Date(Date.now() + passedMillis)
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) })

  const sandbox = sandboxModule({
    pool,
    clock,
    secretKey,
    callbackToken,
    publicUrl,
    serverKey,
    webhookUrls: {
      xendit: `${publicUrl}/v1/webhooks/xendit`,
      midtrans: `${publicUrl}/v1/webhooks/midtrans`,
    },
    control: 'loopback',
    merchantName: 'Karcis <b>Test</b>',
  })
  const gateway = xenditGateway({
    baseUrl: `${publicUrl}/sandbox/xendit`,
    secretKey,
    callbackToken,
    sandbox: true,
  })
  const midtransUrl = `${publicUrl}/sandbox/midtrans`
  const midtrans = midtransGateway({
    baseUrl: midtransUrl,
    snapUrl: midtransUrl,
    serverKey,
    account: 'sandbox',
    clock,
  })
  const payment = paymentModule({
    pool,
    clock,
    log,
    returnUrl: () => 'https://shop.example',
    gateways: { xendit: gateway, midtrans },
    confirmationKey: Buffer.alloc(32, 'c'),
  })

  const server = await createHttpServer({
    logger: log,
    version: 'test',
    authenticate: async ({ headers }) =>
      ({ 'Bearer admin': admin, 'Bearer buyer': buyer })[String(headers.authorization)],
  })
  server.register(async (scope) => payment.routes(scope as Http), { prefix: '/v1' })
  sandbox.routes(server)
  await server.listen({ port, host: '127.0.0.1' })

  const never = new AbortController().signal
  const run = async (module: typeof payment | typeof sandbox) => {
    for (const task of module.tasks) await task.run(never)
  }

  return {
    pool,
    server,
    gateway,
    payment,
    sandbox: sandbox.api,
    publicUrl,
    clock,
    logged,

    passSeconds(seconds: number) {
      passedMillis += seconds * 1_000
    },

    /** Lets the sandbox do what is due, and payment process what it was sent. */
    async settle() {
      await run(sandbox)
      // What came faster than it is processed on arrival waits for the task.
      await payment.tasks.find(({ name }) => name === 'payment.process-webhooks')?.run(never)
      await untilProcessed(pool)
    },
    reconcile: () => run(payment),

    async send(type: string, data: unknown) {
      const handle = payment.handlers[type]
      assert(handle, type)
      await handle({ type, data } as Envelope)
    },

    /** The messages payment has sent about an order, without their prefix. */
    async sent(orderId: string): Promise<string[]> {
      const { rows } = await pool.query<{ type: string }>(
        'select type from payment.outbox where key = $1 order by position',
        [orderId],
      )
      return rows.map((row) => row.type.replace('payment.', ''))
    },

    async callSandbox(path: string, body?: unknown, headers: Record<string, string> = {}) {
      const response = await fetch(`${publicUrl}/sandbox/xendit${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${secretKey}:`).toString('base64')}`,
          'content-type': 'application/json',
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    },

    async [Symbol.asyncDispose]() {
      await server.close()
      await database[Symbol.asyncDispose]()
    },
  }
}

export type PaymentWorld = Awaited<ReturnType<typeof openPaymentWorld>>

async function untilProcessed(pool: PaymentWorld['pool']): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { rows } = await pool.query<{ waiting: number }>(
      `select count(*) as waiting from payment.webhooks where status = 'received'`,
    )
    if (rows[0]?.waiting === 0) return
    await pause(10)
  }
  throw new Error('webhooks were not processed within two seconds')
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
