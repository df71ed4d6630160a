import assert from 'node:assert'
import { test } from 'node:test'
import { requestOf } from '../../../../tests/support/payment-request.ts'
import { memoryPorts, report } from '../../../../tests/support/payment-ports.ts'
import { reconcilePayments } from './reconcile-payments.ts'
import { requestPayment } from './request-payment.ts'

const { signal } = new AbortController()

test('a payment that cannot be checked does not keep others from being checked', async () => {
  const [broken, silent] = [requestOf(), requestOf()]
  const { ports, types, due, warnings } = memoryPorts({
    async get(gatewayId, { reference }) {
      if (reference === broken.paymentId) throw new Error('no answer')
      return report(gatewayId, 'expired')
    },
  })
  for (const request of [broken, silent]) await requestPayment(ports, request)
  due.push(broken.paymentId, silent.paymentId)
  await reconcilePayments(ports, signal)
  assert.deepEqual(types(), ['requested', 'requested', 'expired'])
  assert.deepEqual(warnings, ['payment not checked'])
})

test('one run asks no more than half of what the gateway allows', async () => {
  for (const [callsPerSecond, count] of [
    [1, 15],
    [10, 150],
    [Infinity, 500],
  ] as const) {
    const { ports, due } = memoryPorts({ callsPerSecond })
    due.push(...Array<string>(1_000).fill('unknown'))
    await reconcilePayments(ports, signal)
    assert.equal(1_000 - due.length, count)
  }
})
