import assert from 'node:assert'
import { test } from 'node:test'
import { requestOf } from '../../../../tests/support/payment-request.ts'
import { memoryPorts, report } from '../../../../tests/support/payment-ports.ts'
import { cancelPayment } from './cancel-payment.ts'
import { requestPayment } from './request-payment.ts'

test('a cancel is retried for as long as the gateway leaves the payment open', async () => {
  let isStuck = true
  const { ports, types } = memoryPorts({
    close: async (gatewayId) => report(gatewayId, isStuck ? 'open' : 'expired'),
  })
  const request = requestOf()
  await requestPayment(ports, request)
  await assert.rejects(cancelPayment(ports, request), /still open/)
  assert.deepEqual(types(), ['requested'])
  isStuck = false
  await cancelPayment(ports, request)
  assert.deepEqual(types(), ['requested', 'expired'])
})

test('a gateway that is no longer configured is a defect, not an end', async () => {
  const { ports } = memoryPorts()
  const request = requestOf()
  await requestPayment(ports, request)
  await assert.rejects(cancelPayment({ ...ports, gateways: {} }, request), /not configured/)
})
