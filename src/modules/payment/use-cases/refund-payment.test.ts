import assert from 'node:assert'
import { test } from 'node:test'
import { ok } from '../../../kernel/result.ts'
import { requestOf } from '../../../../tests/support/payment-request.ts'
import { memoryPorts, report } from '../../../../tests/support/payment-ports.ts'
import type { Gateway, PaymentPorts } from '../ports.ts'
import { applyInput } from './apply-input.ts'
import { refundPayment } from './refund-payment.ts'
import { requestPayment } from './request-payment.ts'

async function settled(changes: Partial<Gateway>) {
  const world = memoryPorts(changes)
  const request = requestOf()
  await requestPayment(world.ports, request)
  const { amount, currency, paymentId } = request
  const paid = { ...report('g1', 'open'), status: 'paid' as const, paid: { amount, currency } }
  await applyInput(world.ports, paymentId, { type: 'reported', report: paid })
  return { ...world, command: { ...request, reason: 'Cancelled.' } }
}

const refundStatus = async (ports: PaymentPorts, paymentId: string) =>
  (await ports.payments.find(paymentId))?.refund.status

test('a refund whose answer was lost is looked for before it is asked for again', async () => {
  let isDown = true
  const { ports, types, calls, command } = await settled({
    async refund() {
      if (isDown) throw new Error('no answer')
      return ok({ status: 'pending' })
    },
    findRefund: async () => ({ status: 'done' }),
  })
  await assert.rejects(refundPayment(ports, command), /no answer/)
  assert.equal(await refundStatus(ports, command.paymentId), 'requested')
  isDown = false
  await refundPayment(ports, command)
  assert.deepEqual(calls, ['create', 'refund', 'findRefund'])
  assert.deepEqual(types(), ['requested', 'settled', 'refunded'])
})

test('a repeated refund is answered again, and not done again', async () => {
  const { ports, types, calls, command } = await settled({
    refund: async () => ok({ status: 'done' }),
  })
  await refundPayment(ports, command)
  await refundPayment(ports, command)
  assert.deepEqual(calls, ['create', 'refund'])
  assert.deepEqual(types(), ['requested', 'settled', 'refunded', 'refunded'])
})

test('a refund of a payment nobody knows is a defect', async () => {
  const { ports } = memoryPorts()
  await assert.rejects(refundPayment(ports, { ...requestOf(), reason: '' }), /payment-unknown/)
})
