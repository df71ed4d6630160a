import assert from 'node:assert'
import { test } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import type { Delivery } from '../domain/delivery.ts'
import type { Outcome } from '../domain/delivery-schedule.ts'
import type { Attempt, SandboxPorts } from '../ports.ts'
import { deliverWebhooks } from './deliver-webhooks.ts'

const delivery = {
  id: 'd',
  gateway: 'xendit',
  attempts: 1,
  dueAt: new Date('2026-11-20T10:00:00Z'),
} as Delivery

/** Sends one webhook, whose answer comes when `claim` is called for the second time. */
async function deliverOne(signal: AbortSignal, secondClaim: () => void): Promise<Attempt[]> {
  const answered = Promise.withResolvers<Outcome>()
  const concluded: Attempt[] = []
  let claims = 0
  const ports = {
    clock: () => delivery.dueAt,
    pause: () => tick(),
    send: () => answered.promise,
    deliveries: {
      async claim() {
        if (++claims === 1) return [delivery]
        secondClaim()
        answered.resolve(200)
        await tick()
        return []
      },
      async conclude(attempts: Attempt[]) {
        concluded.push(...attempts)
      },
    },
  } as unknown as SandboxPorts
  await deliverWebhooks(ports, signal)
  return concluded
}

test('an answer that comes while more is looked for is written down', async () => {
  const concluded = await deliverOne(new AbortController().signal, () => {})
  assert.deepEqual(
    concluded.map(({ id, status, at }) => [id, status, at]),
    [['d', 'delivered', delivery.dueAt]],
  )
})

test('when the program stops, what was answered is written down and nothing more begun', async () => {
  const stopping = new AbortController()
  const concluded = await deliverOne(stopping.signal, () => stopping.abort())
  assert.equal(concluded.length, 1)
})
