import { randomUUID } from 'node:crypto'
import { derivedId } from '../../src/platform/ids.ts'
import type { PaymentMethod } from '../../src/modules/payment/contract.ts'
import type { Chance } from './chance.ts'
import { ok, orderOf, place, send, type Caller, type Order, type ShopEvent } from './shop.ts'
import type { WholeShop } from './whole-shop.ts'

/** A buyer, the bank, the gateway and what goes wrong between them, as chance has it. */
export type Story = {
  shop: WholeShop
  chance: Chance
  methods: readonly PaymentMethod[]
  as: Caller
  order: Order
  /** What the gateways know its payments by, oldest first. */
  references: string[]
}

type Beginning = Pick<Story, 'shop' | 'chance' | 'methods'> & { event: ShopEvent }

/** Undefined when it was sold out. */
export async function placed({ event, ...given }: Beginning): Promise<Story | undefined> {
  const { nobody } = given.shop
  const buyer = { name: 'Sari', email: `${randomUUID()}@example.test`, phone: '+62812345678' }
  const { status, body: order } = await place(nobody, event, {
    buyer,
    quantity: 1 + given.chance.below(3),
  })
  if (status === 409) return undefined
  const as = { ...nobody, headers: { 'x-order-secret': order.secret } }
  return { ...given, as, order, references: [] }
}

type AtGateway = {
  id: string
  kind: string
  number: string | null
  status: string
  channel: string | null
  money: { at: string; channel: string } | null
}

/** The answer may be any: what cannot be done any more is refused. */
const control = <Body>({ shop }: Story, line: string, body?: object) => {
  const [method, path] = line.split(' ')
  return send<Body>(shop.nobody, `${method} /sandbox/control${path}`, body)
}

const setFault = (story: Story, fault: object) => ok(control(story, 'POST /faults', fault))

const createFaults = [
  'error',
  'html-error',
  'rate-limit',
  'answer-lost',
  'webhook-before-answer',
  'other-va-number',
]
const asking = [
  ...['get-invoice', 'list-invoices', 'expire-invoice', 'get-payment-request', 'get-payment'],
  ...['cancel-payment-request', 'get-session', 'cancel-session', 'list-refunds', 'create-refund'],
  ...['get-status', 'expire', 'cancel-snap', 'refund'],
]
const refunding = ['create-refund', 'refund']
const askFaults = ['error', 'html-error', 'rate-limit', 'answer-lost', 'refund-fails']
const webhookFaults = ['hold', 'delay', 'drop', 'duplicate', 'forge', 'no-webhook-id']

type Way = { gateway: string; method: string; channel?: string }
type SetFault = { fault: string; seconds?: number; times?: number }

/** Asks for a way to pay, with faults that wait for it. */
export async function asks(story: Story, way: Way, faults: readonly SetFault[]): Promise<void> {
  const { as, order, references } = story
  const key = `attempt-${references.length}`
  const reference = derivedId(order.id.replace('order-', ''), 'payOrder', key)
  for (const fault of faults) await setFault(story, { about: reference, ...fault })
  const more = { 'idempotency-key': key }
  const asked = await send(as, `POST /v1/orders/${order.id}/payments`, way, more)
  if (asked.status === 201) references.push(reference)
}

/** Asks for any way to pay, with any faults. */
export async function attempts(story: Story): Promise<void> {
  const { chance } = story
  const often = (names: readonly string[]) => {
    const fault = chance.oneOf(names)
    return { fault, times: 1 + chance.below(2), ...(fault === 'delay' && { seconds: 90 }) }
  }
  // At most one of the first: a lost answer shows nobody what could be paid before it.
  const faults = [
    ...(chance.below(2) === 0 ? [often(createFaults)] : []),
    ...(chance.below(2) === 0 ? [often(webhookFaults)] : []),
  ]
  if (chance.below(3) === 0) {
    const fault = often(askFaults)
    const operation = chance.oneOf(fault.fault === 'refund-fails' ? refunding : asking)
    await setFault(story, { ...fault, operation })
  }
  const { gateway, method, channel } = chance.oneOf(story.methods)
  await asks(story, { gateway, method, ...(channel !== null && { channel }) }, faults)
}

/** What the buyer of an order was last shown, as its gateway has it. */
async function shown(story: Story): Promise<AtGateway | undefined> {
  const { payment } = await orderOf(story.as, story.order)
  const instructions = payment?.instructions
  if (!instructions) return undefined
  const { checkoutUrl, vaNumber, qrString } = instructions
  const all = await ofGateway(story, payment.id.replace('payment-', ''))
  return all.find(
    ({ id, number }) =>
      checkoutUrl?.includes(id) ||
      qrString?.includes(id) ||
      (number !== null && number === vaNumber),
  )
}

async function ofGateway(story: Story, reference: string): Promise<AtGateway[]> {
  const path = `GET /payments?about=${reference}`
  return (await control<{ payments: AtGateway[] }>(story, path)).body.payments
}

const pageChannels: Record<string, string[]> = {
  invoice: ['BCA', 'DANA', 'QRIS', 'OVO'],
  session: ['BNI', 'DANA', 'QRIS'],
  snap: ['bca', 'permata', 'echannel', 'gopay', 'qris'],
}

async function pay(story: Story, how: object = {}): Promise<void> {
  const found = await shown(story)
  if (!found) return
  const channels = pageChannels[found.kind]
  const channel = channels && { channel: story.chance.oneOf(channels) }
  await control(story, `POST /payments/${found.id}/pay`, { ...channel, ...how })
}

/** Anything of the order at its gateways, also what is over. */
async function anyOf(story: Story): Promise<AtGateway | undefined> {
  const reference = story.chance.oneOf(story.references)
  const all = reference === undefined ? [] : await ofGateway(story, reference)
  return story.chance.oneOf(all)
}

const deliveryDeed =
  (deed: string) =>
  async (story: Story): Promise<void> => {
    const reference = story.chance.oneOf(story.references)
    if (reference === undefined) return
    type Deliveries = { deliveries: { id: string }[] }
    const { body } = await control<Deliveries>(story, `GET /deliveries?about=${reference}`)
    const delivery = story.chance.oneOf(body.deliveries)
    if (!delivery) return
    if (deed === 'release') await control(story, `POST /deliveries/release`, { ids: [delivery.id] })
    else await control(story, `POST /deliveries/${delivery.id}/${deed}`)
  }

const endDeed =
  (deed: string) =>
  async (story: Story): Promise<void> => {
    const found = await shown(story)
    if (found) await control(story, `POST /payments/${found.id}/${deed}`)
  }

const cancels = async ({ as, order }: Story): Promise<void> => {
  await send(as, `POST /v1/orders/${order.id}/cancel`)
}

/** A bank takes back what it gave within minutes, and not through every channel. */
const reversible = ['permata', 'echannel']
const reversibleMillis = 5 * 60_000

export const deeds: Record<string, (story: Story) => Promise<void>> = {
  pays: (story) => pay(story),
  'pays too little': (story) => pay(story, { amount: Math.ceil(story.order.total / 2) }),
  'pays too much': (story) => pay(story, { amount: story.order.total + 1 }),
  'pays a fee on top': (story) => pay(story, { fee: 1_234 }),
  'pays and cancels at once': async (story) => {
    await Promise.all([pay(story), cancels(story)])
  },
  'pays after the end': async (story) => {
    const found = await anyOf(story)
    if (found) await control(story, `POST /payments/${found.id}/pay`, { late: true })
  },
  'tries another way': (story) => attempts(story),
  cancels,
  'the organiser cancels': async ({ shop, order }) => {
    await send(shop.organiser, `POST /v1/orders/${order.id}/cancel`)
  },
  'the gateway refuses': endDeed('fail'),
  'the gateway ends it': endDeed('expire'),
  'the bank takes it back': async (story) => {
    const found = await anyOf(story)
    const { at, channel } = found?.money ?? {}
    const isRecent = at !== undefined && Date.now() - Date.parse(at) < reversibleMillis
    if (!found || !isRecent || !reversible.includes(channel ?? '')) return
    await control(story, `POST /payments/${found.id}/reverse`)
  },
  'a webhook comes again': deliveryDeed('resend'),
  'a webhook comes twice': deliveryDeed('duplicate'),
  'a webhook is forged': deliveryDeed('forge'),
  'a webhook is released': deliveryDeed('release'),
  'nothing happens': async () => {},
}
