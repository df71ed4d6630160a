import assert from 'node:assert'
import { test } from 'node:test'
import { requestOf } from '../../../../tests/support/payment-request.ts'
import { memoryPorts } from '../../../../tests/support/payment-ports.ts'
import { processWebhooks } from './process-webhooks.ts'
import { requestPayment } from './request-payment.ts'

test('a webhook is tried again while the gateway cannot be asked', async () => {
  const { ports, webhooks, conclusions, warnings } = memoryPorts({
    async findRefund() {
      throw new Error('no answer')
    },
  })
  const request = requestOf()
  await requestPayment(ports, request)
  webhooks.push({ id: 'w', gateway: 'xendit', body: request.paymentId, headers: {}, attempts: 1 })
  assert.equal(await processWebhooks(ports, { countMax: 10 }), 1)
  assert.deepEqual(conclusions, [
    { status: 'failed', error: 'no answer', retryAt: new Date('2026-11-20T10:00:02Z') },
  ])
  assert.equal(warnings.length, 1)
})

test('a payment id that is none is unknown, not a failure', async () => {
  const { ports, webhooks, conclusions } = memoryPorts()
  for (const body of ['order-7', "';--", '0'.repeat(5_000)]) {
    webhooks.push({ id: 'w', gateway: 'xendit', body, headers: {}, attempts: 12 })
  }
  await processWebhooks(ports, { countMax: 10 })
  assert.deepEqual(
    conclusions.map(({ status, retryAt }) => [status, retryAt]),
    Array(3).fill(['unknown', null]),
  )
})
