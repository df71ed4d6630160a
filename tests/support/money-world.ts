import assert from 'node:assert'
import { err, ok } from '../../src/kernel/result.ts'
import { memoryStore } from '../../src/platform/memory-store.ts'
import { derivedId } from '../../src/platform/ids.ts'
import type { EventOffer } from '../../src/modules/catalog/contract.ts'
import type { BookingMessage } from '../../src/modules/booking/contract.ts'
import { advance, type OrderInput } from '../../src/modules/booking/domain/order-life.ts'
import type { Order } from '../../src/modules/booking/domain/order.ts'
import type { PaymentMessage } from '../../src/modules/payment/contract.ts'
import type {
  GatewayReport,
  Payment,
  PersonInput,
} from '../../src/modules/payment/domain/payment.ts'
import type {
  Gateway,
  GatewayCalls,
  KnownPayment,
  PaymentPorts,
} from '../../src/modules/payment/ports.ts'
import { cancelPayment } from '../../src/modules/payment/use-cases/cancel-payment.ts'
import { decidePayment } from '../../src/modules/payment/use-cases/decide-payment.ts'
import { processWebhooks } from '../../src/modules/payment/use-cases/process-webhooks.ts'
import { reconcilePayments } from '../../src/modules/payment/use-cases/reconcile-payments.ts'
import { refundPayment } from '../../src/modules/payment/use-cases/refund-payment.ts'
import { requestPayment } from '../../src/modules/payment/use-cases/request-payment.ts'

/**
 * One order and its money: the real domain and use cases of booking and payment in memory, around
 * a gateway that keeps its own books. What the gateway holds is the truth that all is measured by.
 */
export type Charge = {
  gatewayId: string
  reference: string
  status: 'open' | 'paid' | 'expired' | 'denied'
  paid: number
  paidAt: number
  expiresAt: Date
  /** By reference. */
  refunds: Map<string, 'pending' | 'done' | 'failed'>
}

export type Fault = 'lost before' | 'lost after' | undefined

export const total = 500_000
const holdSeconds = 900
const reversibleSeconds = 600
const minute = 60_000
const hour = 60 * minute
const begin = Date.parse('2030-01-01T10:00:00Z')

const concert: EventOffer = {
  eventId: 'event',
  version: 1,
  status: 'published',
  organiserId: 'organiser',
  title: 'Konser',
  location: 'Jakarta',
  startsAt: '2030-06-01T12:00:00.000Z',
  endsAt: null,
  currency: 'IDR',
  refundable: true,
  ordersPerBuyerMax: null,
  ticketsPerBuyerMax: null,
  holdSeconds: null,
  ticketTypes: [],
}

const paymentIdOf = (attempt: number) =>
  `00000000-0000-4000-8000-${String(attempt).padStart(12, '0')}`
const attemptOf = (attempt: number) => ({
  paymentId: paymentIdOf(attempt),
  gateway: 'model',
  method: 'va',
  channel: 'bca',
  instructions: null,
})

type Webhook = {
  reference: string
  gatewayId: string
  claimsPaid: boolean
  refund?: string
  /** It gets through in the end: nothing else tells of money that nobody was shown how to pay. */
  isSure?: boolean
}
type Sent = { type: string; data: Record<string, unknown> }

export class MoneyWorld {
  now = begin
  charges: Charge[] = []
  order: Order = {
    id: 'order',
    eventId: 'event',
    status: 'pending',
    buyer: { userId: null, name: 'Anna', email: 'anna@example.com', phone: null, locale: 'id' },
    items: [],
    quantity: 1,
    total,
    currency: 'IDR',
    payment: null,
    formerPayments: [],
    settledPaymentId: null,
    holdSeconds,
    expiresAt: new Date(begin + holdSeconds * 1_000),
    closing: false,
    requestHash: null,
    placedAt: new Date(begin),
    visitDate: null,
  }
  tickets = false
  /** Tickets were issued for money the gateway did not have. */
  issuedForNothing = false
  canRetake = true
  attempts = 0
  inFlight: Sent[] = []
  webhooks: Webhook[] = []
  nextFault: Fault
  refundsWork: boolean
  shown = new Set<string>()
  readonly #paymentIds = new Set<string>()
  readonly #outbox: PaymentMessage[] = []
  readonly #searchable: boolean
  readonly #asksOnThePhone: boolean
  readonly #store = memoryStore<Payment, PaymentMessage>(this.#outbox)
  #claimed: Webhook[] = []
  readonly ports: PaymentPorts

  constructor(options: { searchable: boolean; asksOnThePhone: boolean; refundsWork: boolean }) {
    this.#searchable = options.searchable
    this.#asksOnThePhone = options.asksOnThePhone
    this.refundsWork = options.refundsWork
    this.ports = this.#makePorts()
    this.pay()
  }

  payments = async (): Promise<Payment[]> => {
    const found = await Promise.all([...this.#paymentIds].map((id) => this.#store.find(id)))
    return found.filter((payment) => payment !== undefined)
  }

  /** The buyer begins another attempt. */
  pay(): void {
    this.attempts++
    this.#advanceOrder({ type: 'pay', payment: attemptOf(this.attempts) })
  }

  cancel = (by: 'buyer' | 'organiser') => this.#advanceOrder({ type: 'cancel', by })
  sweep = () => this.#advanceOrder({ type: 'hold.expired' })

  /**
   * Money reaches a charge the buyer was shown, in time or up to a day late; where the gateway asks
   * on the buyer's phone, also one whose answer we never got.
   */
  receive(charge: Charge, amount: number): void {
    const isLate = charge.status === 'expired' && this.now < charge.expiresAt.getTime() + 24 * hour
    if (charge.status !== 'open' && !isLate) return
    if (!this.shown.has(charge.gatewayId) && !this.#asksOnThePhone) return
    Object.assign(charge, { status: 'paid', paid: amount, paidAt: this.now })
    this.#notify(charge, true)
  }

  /** The bank takes back what it paid minutes ago. */
  reverse(charge: Charge): void {
    const isFresh = this.now < charge.paidAt + reversibleSeconds * 1_000
    if (charge.status !== 'paid' || !isFresh || charge.refunds.size > 0) return
    charge.status = 'denied'
    this.#notify(charge, false)
  }

  finishRefunds(charge: Charge): void {
    for (const [reference, status] of charge.refunds) {
      if (status !== 'pending') continue
      charge.refunds.set(reference, this.refundsWork ? 'done' : 'failed')
      this.webhooks.push({ ...charge, claimsPaid: false, refund: reference })
    }
  }

  /** Time passes, and the gateway closes what ran out. */
  pass(millis: number): void {
    this.now += millis
    for (const charge of this.charges) {
      if (charge.status !== 'open' || charge.expiresAt.getTime() > this.now) continue
      charge.status = 'expired'
      this.#notify(charge, false)
    }
  }

  /** Delivers a message; what fails, and what is to be repeated, stays to be delivered again. */
  async deliver(index: number, again: boolean): Promise<void> {
    const message = this.inFlight[index % Math.max(1, this.inFlight.length)]
    if (!message) return
    const handled = await this.#handle(message)
    if (handled && !again) this.inFlight.splice(this.inFlight.indexOf(message), 1)
    this.#collect()
  }

  async deliverWebhook(index: number, what: 'once' | 'again' | 'never'): Promise<void> {
    const at = index % Math.max(1, this.webhooks.length)
    const webhook = this.webhooks[at]
    if (!webhook) return
    if (what === 'never' && webhook.isSure) return
    if (what !== 'again') this.webhooks.splice(at, 1)
    if (what === 'never') return
    this.#claimed = [webhook]
    await processWebhooks(this.ports, { countMax: 1 })
    this.#collect()
  }

  async reconcile(): Promise<void> {
    await reconcilePayments(this.ports, new AbortController().signal)
    this.#collect()
  }

  async decide(payment: Payment, decision: PersonInput): Promise<void> {
    await decidePayment(this.ports, payment.id, decision).catch(() => {})
    this.#collect()
  }

  /** No more faults: everything is delivered in the end, but webhooks that were lost stay lost. */
  async settle(): Promise<void> {
    this.nextFault = undefined
    this.webhooks = this.webhooks.filter(({ isSure }) => isSure)
    while (this.webhooks.length > 0) await this.deliverWebhook(0, 'once')
    for (const millis of [0, 20 * minute, 2 * minute, hour, hour, 7 * hour, 20 * hour, 30 * hour]) {
      this.pass(millis)
      for (let round = 0; round < 2; round++) {
        this.sweep()
        for (let tries = 0; this.inFlight.length > 0 && tries < 50; tries++) {
          await this.deliver(tries, false)
        }
        await this.reconcile()
        for (const charge of this.charges) this.finishRefunds(charge)
      }
    }
  }

  #notify({ reference, gatewayId }: Charge, claimsPaid: boolean): void {
    const isSure = !this.shown.has(gatewayId) && claimsPaid
    this.webhooks.push({ reference, gatewayId, claimsPaid, isSure })
  }

  #advanceOrder(input: OrderInput): boolean {
    const now = new Date(this.now)
    const decided = advance(this.order, input, { event: concert, now, canRetake: this.canRetake })
    if (!decided.ok) return decided.error.kind !== 'too-early'
    this.order = decided.value.state
    for (const message of decided.value.messages) this.#take(message)
    return true
  }

  #take(message: BookingMessage): void {
    if (message.type === 'ticket.issue') {
      this.tickets = true
      if (!this.#isPaidFor()) this.issuedForNothing = true
    }
    if (message.type === 'ticket.revoke') this.tickets = false
    if (message.type.startsWith('payment.')) this.inFlight.push(message as unknown as Sent)
  }

  /** The gateway has, or had until the bank took it back, money for the payment of the order. */
  #isPaidFor(): boolean {
    return this.charges.some(({ paidAt }) => paidAt > 0)
  }

  async #handle({ type, data }: Sent): Promise<boolean> {
    const commands: Record<string, (data: never) => Promise<void>> = {
      'payment.request': (command) => requestPayment(this.ports, command),
      'payment.cancel': (command) => cancelPayment(this.ports, command),
      'payment.refund': (command) => refundPayment(this.ports, command),
    }
    const command = commands[type]
    if (command)
      return command(data as never).then(
        () => true,
        () => false,
      )
    const { expiresAt, ...rest } = data as { expiresAt?: string }
    const fact = { type, ...rest, ...(expiresAt ? { expiresAt: new Date(expiresAt) } : {}) }
    if (type === 'payment.requested') {
      const { instructions } = data as { instructions: { vaNumber: string } }
      this.shown.add(instructions.vaNumber)
    }
    return this.#advanceOrder(fact as unknown as OrderInput)
  }

  #collect(): void {
    this.inFlight.push(...(this.#outbox.splice(0) as unknown as Sent[]))
  }

  async #call<T>(effect: () => T): Promise<T> {
    const fault = this.nextFault
    this.nextFault = undefined
    if (fault === 'lost before') throw new Error('no answer')
    const answer = effect()
    if (fault === 'lost after') throw new Error('no answer')
    return answer
  }

  #calls(): GatewayCalls {
    const of = (gatewayId: string, { reference }: KnownPayment) =>
      this.charges.find((one) => one.gatewayId === gatewayId && one.reference === reference)
    const reportOf = (charge: Charge | undefined) => charge && report(charge)
    return {
      create: (request) =>
        this.#call(() => {
          const charge: Charge = {
            gatewayId: `g${this.charges.length}`,
            reference: request.paymentId,
            status: 'open',
            paid: 0,
            paidAt: 0,
            expiresAt: new Date(this.now + request.holdSeconds * 1_000),
            refunds: new Map(),
          }
          this.charges.push(charge)
          return ok(report(charge))
        }),
      search: ({ reference }) =>
        this.#call(() =>
          this.#searchable
            ? this.charges.filter((one) => one.reference === reference).map(report)
            : [],
        ),
      get: (gatewayId, payment) => this.#call(() => reportOf(of(gatewayId, payment))),
      close: (gatewayId, payment) =>
        this.#call(() => {
          const charge = of(gatewayId, payment)
          if (charge?.status === 'open') charge.status = 'expired'
          return reportOf(charge)
        }),
      refund: (request) =>
        this.#call(() => {
          const charge = of(request.gatewayId, request)
          assert(charge, 'only what was paid is given back')
          const known = charge.refunds.get(request.refundReference)
          if (known) return ok(refundReport(known))
          // No gateway gives more back than it was paid.
          const isGiven = [...charge.refunds.values()].some((status) => status !== 'failed')
          if (charge.status !== 'paid' || isGiven || request.amount !== charge.paid) {
            return err({ kind: 'gateway-refused', reason: 'INELIGIBLE' })
          }
          charge.refunds.set(request.refundReference, 'pending')
          return ok(refundReport('pending'))
        }),
      findRefund: (request) =>
        this.#call(() => {
          const status = of(request.gatewayId, request)?.refunds.get(request.refundReference)
          return status && refundReport(status)
        }),
    }
  }

  #makePorts(): PaymentPorts {
    const calls = this.#calls()
    const gateway: Gateway = {
      ...calls,
      unhurried: calls,
      name: 'model',
      account: 'test',
      callsPerSecond: Infinity,
      methods: [
        {
          method: 'va',
          channel: 'bca',
          currency: 'IDR',
          amountMin: 1,
          amountMax: 50_000_000,
          expirySecondsMin: 60,
          expirySecondsMax: 86_400,
          refundable: 'full',
          reversibleSeconds,
        },
      ],
      isAuthentic: () => true,
      readWebhook(body) {
        const { refund, ...payment } = JSON.parse(body) as Webhook
        return refund
          ? { key: body, about: 'refund', refundReference: refund }
          : { key: body, about: 'payment', ...payment }
      },
    }
    return {
      payments: {
        find: (id) => this.#store.find(id),
        update: (id, decide) => {
          this.#paymentIds.add(id)
          return this.#store.update(id, decide)
        },
      },
      duePayments: { claim: async () => this.#due() },
      inTraceOf: (_paymentId, work) => work(),
      confirmations: {
        codeOf: () => '',
        findByCode: async () => undefined,
        confirm: async () => false,
      },
      inbox: {
        keep: async () => undefined,
        keepRefused: async () => {},
        claim: async () =>
          this.#claimed.map((webhook) => ({
            id: 'w',
            gateway: 'model',
            body: JSON.stringify(webhook),
            headers: {},
            attempts: 1,
          })),
        conclude: async (_id, { status }) => {
          const [webhook] = this.#claimed.splice(0)
          if (webhook?.isSure && status === 'failed') this.webhooks.push(webhook)
        },
        reopen: async () => ok(undefined),
      },
      gateways: { model: gateway },
      returnUrl: () => 'https://shop.example',
      clock: () => new Date(this.now),
      derivedId,
      log: { warn() {} },
    }
  }

  async #due(): Promise<string[]> {
    const payments = await this.payments()
    return payments
      .filter(({ checkAt }) => checkAt && checkAt.getTime() <= this.now)
      .map((p) => p.id)
  }
}

const refundReport = (status: 'pending' | 'done' | 'failed') =>
  status === 'failed' ? { status, reason: 'NO_BALANCE' } : { status }

function report(charge: Charge): GatewayReport {
  const { gatewayId, expiresAt, status } = charge
  const instructions = {
    method: 'va',
    checkoutUrl: null,
    vaNumber: gatewayId,
    channel: 'bca',
    qrString: null,
  }
  const known = { gatewayId, expiresAt, instructions }
  if (status === 'paid') {
    return { ...known, status, paid: { amount: charge.paid, currency: 'IDR' } }
  }
  return status === 'denied' ? { ...known, status, reason: 'DENY' } : { ...known, status }
}
