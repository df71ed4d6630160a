import assert from 'node:assert'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { memoryPorts } from '../../../../tests/support/payment-ports.ts'
import { promptly } from './webhook-routes.ts'

test('webhooks that come faster than they are processed are all taken up, ten at a time', async () => {
  const { ports } = memoryPorts()
  const waiting = Array.from({ length: 35 }, (_, i) => `webhook-${i}`)
  const taken: string[] = []
  let underWay = 0
  let mostUnderWay = 0
  const inbox: typeof ports.inbox = {
    ...ports.inbox,
    async claim(which) {
      const id = 'id' in which ? which.id : waiting[0]
      if (id === undefined) return []
      waiting.splice(waiting.indexOf(id), 1)
      taken.push(id)
      mostUnderWay = Math.max(mostUnderWay, ++underWay)
      await turn()
      return [{ id, gateway: 'xendit', body: '', headers: {}, attempts: 1 }]
    },
    async conclude() {
      underWay--
    },
  }
  const processSoon = promptly({ ...ports, inbox })
  for (const id of [...waiting]) processSoon(id)
  for (let i = 0; i < 1_000 && (waiting.length > 0 || underWay > 0); i++) await turn()
  assert.deepEqual(
    { left: waiting.length, taken: taken.length, mostUnderWay },
    {
      left: 0,
      taken: 35,
      mostUnderWay: 10,
    },
  )
})
