import assert from 'node:assert'
import { test } from 'node:test'
import { ok } from '../../../kernel/result.ts'
import { requestOf } from '../../../../tests/support/payment-request.ts'
import { memoryPorts, report } from '../../../../tests/support/payment-ports.ts'
import { cancelPayment } from './cancel-payment.ts'
import { requestPayment } from './request-payment.ts'

test('stores the attempt before the gateway is called', async () => {
  const request = requestOf()
  const { ports, types } = memoryPorts({
    async create() {
      assert.equal((await ports.payments.find(request.paymentId))?.status, 'requested')
      return ok(report('g1', 'open'))
    },
  })
  await requestPayment(ports, request)
  assert.deepEqual(types(), ['requested'])
})

test('looks for the payment before creating it again', async () => {
  const request = requestOf()
  let isDown = true
  const { ports, types, calls } = memoryPorts({
    async create() {
      if (isDown) throw new Error('no answer')
      return ok(report('g1', 'open'))
    },
  })
  await assert.rejects(requestPayment(ports, request), /no answer/)
  const { history } = (await ports.payments.find(request.paymentId)) ?? {}
  assert.equal(history?.at(-1)?.what, 'call-failed: no answer')
  isDown = false
  await requestPayment(ports, request)
  assert.deepEqual(calls, ['create', 'search', 'create'])
  assert.deepEqual(types(), ['requested'])
})

test('closes what the gateway created while the payment was cancelled', async () => {
  const request = requestOf()
  const { ports, types, calls } = memoryPorts({
    async create() {
      await cancelPayment(ports, request)
      return ok(report('g1', 'open'))
    },
  })
  await requestPayment(ports, request)
  assert.deepEqual(calls, ['create', 'search', 'close'])
  assert.deepEqual(types(), ['expired', 'expired'])
})

test('closes the twin when one request was delivered twice at once', async () => {
  const request = requestOf()
  const closed: string[] = []
  let created = 0
  const { ports, types } = memoryPorts({
    create: async () => ok(report(`g${++created}`, 'open')),
    async close(gatewayId) {
      closed.push(gatewayId)
      return report(gatewayId, 'expired')
    },
  })
  await Promise.all([requestPayment(ports, request), requestPayment(ports, request)])
  const kept = (await ports.payments.find(request.paymentId))?.gatewayId
  assert.deepEqual(types(), ['requested'])
  assert.equal(created, 2)
  assert.deepEqual([...closed, kept].sort(), ['g1', 'g2'])
})
