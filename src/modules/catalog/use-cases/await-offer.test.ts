import assert from 'node:assert'
import { test } from 'node:test'
import { anEvent } from '../../../../tests/support/catalog.ts'
import { awaitOffer, waitMillisMax } from './await-offer.ts'

const event = anEvent({ status: 'published', version: 3 })
const never = new Promise<never>(() => {})
const sellsOn = (offerVersion: number) => ({ offerVersion, levels: [] })
/** The deadline never comes; a poll follows at once. */
const shortPause = (millis: number) => (millis === waitMillisMax ? never : Promise.resolve())
/** The deadline has come; the next poll never does. */
const outOfTime = (millis: number) => (millis === waitMillisMax ? Promise.resolve() : never)

test('waits until booking knows the event in this version or a later one', async () => {
  const answers = [undefined, sellsOn(2), sellsOn(4)]
  await awaitOffer({ booking: { stockOf: async () => answers.shift() }, pause: shortPause }, event)
  assert.equal(answers.length, 0)
})

test('does not ask about a draft, which booking never hears of', async () => {
  const booking = { stockOf: () => assert.fail('asked') }
  await awaitOffer({ booking, pause: shortPause }, anEvent())
})

for (const [how, stockOf] of Object.entries({
  'does not catch up': async () => sellsOn(2),
  'does not answer': () => never,
  fails: () => Promise.reject(new Error('booking is down')),
})) {
  test(`gives up after two seconds when booking ${how}`, async () => {
    await awaitOffer({ booking: { stockOf }, pause: outOfTime }, event)
  })
}

test('asks no more once it has given up', async () => {
  let asked = 0
  const deadline = Promise.withResolvers<void>()
  const poll = Promise.withResolvers<void>()
  const booking = { stockOf: async () => (asked++, sellsOn(2)) }
  const pause = (millis: number) => (millis === waitMillisMax ? deadline : poll).promise
  const waited = awaitOffer({ booking, pause }, event)
  deadline.resolve()
  await waited
  poll.resolve()
  await new Promise(setImmediate)
  assert.equal(asked, 1)
})
