import assert from 'node:assert'
import { test } from 'node:test'
import { err, ok } from '../../../kernel/result.ts'
import { requestOf } from '../../../../tests/support/payment-request.ts'
import { memoryPorts, report } from '../../../../tests/support/payment-ports.ts'
import type { RefundReport } from '../domain/payment.ts'
import type { GatewayCalls } from '../ports.ts'
import { applyInput } from './apply-input.ts'
import { decidePayment } from './decide-payment.ts'
import { refundPayment } from './refund-payment.ts'
import { requestPayment } from './request-payment.ts'

const payOut = { type: 'paid-out', by: 'u', reference: 'TRX-1', note: 'x' } as const
const retry = { type: 'retry-refund', by: 'u' } as const

async function due(changes: Partial<GatewayCalls> = {}) {
  const world = memoryPorts({
    refund: async () => err({ kind: 'gateway-refused', reason: 'NO_BALANCE' }),
    ...changes,
  })
  const request = requestOf()
  const { amount, currency, paymentId } = request
  await requestPayment(world.ports, request)
  const paid = { ...report('g1', 'open'), status: 'paid' as const, paid: { amount, currency } }
  await applyInput(world.ports, paymentId, { type: 'reported', report: paid })
  await refundPayment(world.ports, { ...request, reason: 'x' })
  assert.deepEqual(world.types(), ['requested', 'settled', 'refund-failed'])
  return { ...world, paymentId }
}

test('a refund that the gateway made after all is not paid out by hand as well', async () => {
  const found: RefundReport[] = []
  const { ports, types, paymentId } = await due({ findRefund: async () => found[0] })
  found.push({ status: 'done' })
  const decided = await decidePayment(ports, paymentId, payOut)
  assert.deepEqual(decided, err({ kind: 'refund-not-due', refundStatus: 'done' }))
  assert.deepEqual(types(), ['requested', 'settled', 'refund-failed', 'refunded'])
})

test('nothing is decided while the gateway cannot be asked', async () => {
  const { ports, paymentId, warnings } = await due({
    async findRefund() {
      throw new Error('no answer')
    },
  })
  for (const decision of [payOut, retry]) {
    const decided = await decidePayment(ports, paymentId, decision)
    assert.deepEqual(decided, err({ kind: 'gateway-not-reached' }))
  }
  assert.equal(warnings.length, 2)
})

test('a refund is tried again under a name of its own, once', async () => {
  const names: string[] = []
  let hasBalance = false
  const { ports, types, paymentId } = await due({
    async refund({ refundReference }) {
      names.push(refundReference)
      return hasBalance
        ? ok({ status: 'done' })
        : err({ kind: 'gateway-refused', reason: 'NO_BALANCE' })
    },
  })
  hasBalance = true
  assert.ok((await decidePayment(ports, paymentId, retry)).ok)
  assert.deepEqual(names, [paymentId, `${paymentId}-2`])
  assert.equal(types().at(-1), 'refunded')
  const again = await decidePayment(ports, paymentId, retry)
  assert.deepEqual(again, err({ kind: 'refund-not-due', refundStatus: 'done' }))
})

test('a payment nobody knows cannot be decided', async () => {
  const { ports } = memoryPorts()
  const decided = await decidePayment(ports, requestOf().paymentId, payOut)
  assert.deepEqual(decided, err({ kind: 'payment-not-found' }))
})
