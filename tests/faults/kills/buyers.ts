import { setTimeout as sleep } from 'node:timers/promises'
import {
  send,
  wanted,
  type Answer,
  type Caller,
  type Order,
  type ShopEvent,
} from '../../support/shop.ts'
import type { Remembered } from './reckoning.ts'
import type { Chance } from '../../support/chance.ts'

const persistMillisMax = 120_000

/** Asks until there is an answer that says something: no crash, no outage. */
async function persist<Body>(ask: () => Promise<Answer<Body>>): Promise<Answer<Body>> {
  for (const end = Date.now() + persistMillisMax; ; await sleep(150)) {
    const answer = await ask().catch(() => undefined)
    if (answer && answer.status < 500 && answer.status !== 429) return answer
    if (Date.now() > end) throw new Error(`no answer, at last ${JSON.stringify(answer?.body)}`)
  }
}

/** Buyers who buy, cancel, give back and walk away, one order after another, until `signal`. */
export async function crowd(
  url: string,
  events: readonly ShopEvent[],
  { count, chance, signal }: { count: number; chance: Chance; signal: AbortSignal },
): Promise<Remembered[]> {
  const remembered: Remembered[] = []
  const buyer = async (number: number): Promise<void> => {
    for (let turn = 1; !signal.aborted; turn++) {
      const event = events[turn % events.length]!
      await buyOnce({ url, headers: {} }, event, `${number}-${turn}`, chance, remembered)
    }
  }
  await Promise.all(Array.from({ length: count }, (_, number) => buyer(number)))
  return remembered
}

async function buyOnce(
  nobody: Caller,
  event: ShopEvent,
  name: string,
  chance: Chance,
  remembered: Remembered[],
): Promise<void> {
  const quantity = 1 + chance.below(3)
  const buyer = { name: 'Pembeli', email: `pembeli-${name}@example.test` }
  const body = wanted(event, { quantity, buyer, payment: { method: 'invoice' } })
  const key = { 'idempotency-key': `${event.id}/${name}` }
  const placed = await persist(() => send<Order>(nobody, 'POST /v1/orders', body, key))
  if (placed.status !== 201) return void (await sleep(50))

  const { id, secret, total } = placed.body
  const memory: Remembered = { orderId: id, quantity, total, paid: false }
  remembered.push(memory)
  const guest = { ...nobody, headers: { 'x-order-secret': secret } }
  const cancel = () => persist(() => send<Order>(guest, `POST /v1/orders/${id}/cancel`))

  const story = chance.below(10)
  if (story === 0) return
  if (story === 1) return void (await cancel())
  const page = await paymentPage(guest, id)
  if (page === undefined || story === 2) return
  const paid = await persist(() => send({ url: page, headers: {} }, 'POST /pay', {}))
  memory.paid = paid.status < 300
  if (story > 5) return
  // The cancel may come before the money is known, or after: both have to end well.
  if (story > 3) await sleep(chance.below(500))
  await cancel()
}

async function paymentPage(guest: Caller, id: string): Promise<string | undefined> {
  for (;;) {
    const { body } = await persist(() => send<Order>(guest, `GET /v1/orders/${id}`))
    if (body.status !== 'pending') return undefined
    const page = body.payment?.instructions?.checkoutUrl
    if (page) return page
    await sleep(100)
  }
}
