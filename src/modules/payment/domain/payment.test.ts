import assert from 'node:assert'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { PaymentMessage } from '../contract.ts'
import {
  advance,
  type GatewayReport,
  type Payment,
  type PaymentInput,
  type PaymentStatus,
  type Refund,
} from './payment.ts'

const at = new Date('2026-11-20T10:00:00Z')
const expiresAt = new Date('2026-11-20T10:15:00Z')
const about = { paymentId: 'p', orderId: 'o' }
const terms = { eventId: 'e', gateway: 'g', method: 'invoice', amount: 100, currency: 'IDR' }
const instructions = {
  method: 'invoice',
  checkoutUrl: 'https://pay.example/1',
  vaNumber: null,
  channel: null,
  qrString: null,
}
const known = { gatewayId: 'g1', instructions, expiresAt }
const reported = (report: GatewayReport): PaymentInput => ({ type: 'reported', report })
const paying = (amount: number, currency = 'IDR') =>
  reported({ ...known, status: 'paid', paid: { amount, currency } })

const inputs = {
  request: { type: 'request', ...about, terms },
  cancel: { type: 'cancel', ...about },
  open: reported({ ...known, status: 'open' }),
  paid: paying(100),
  paidLess: paying(99),
  expired: reported({ ...known, status: 'expired' }),
  reversed: reported({ ...known, status: 'reversed' }),
  absent: { type: 'absent' },
  refused: { type: 'refused', reason: 'NO' },
  callFailed: { type: 'call-failed', reason: 'no answer' },
  refund: { type: 'refund', amount: 100 },
  refundPending: { type: 'refund-reported', report: { status: 'pending' } },
  refundDone: { type: 'refund-reported', report: { status: 'done' } },
  refundFailed: { type: 'refund-reported', report: { status: 'failed', reason: 'NO' } },
} satisfies Record<string, PaymentInput>
type InputName = keyof typeof inputs

function payment(status: PaymentStatus, refund: Refund = { status: 'none' }): Payment {
  const isKnown = status !== 'requested'
  return {
    id: 'p',
    orderId: 'o',
    status,
    terms,
    gatewayId: isKnown ? 'g1' : null,
    instructions: isKnown ? instructions : null,
    expiresAt: isKnown ? expiresAt : null,
    paid: null,
    refund,
    createdAt: at,
    checkAt: null,
    history: [],
  }
}

function after(current: Payment | undefined, input: InputName) {
  const result = advance(current, inputs[input], at)
  assert(result.ok)
  const { state, messages } = result.value
  return { state, sent: messages.map((message) => message.type.replace('payment.', '')) }
}

type Row = [input: InputName, from: PaymentStatus | 'new', to: PaymentStatus, ...sent: string[]]

/** Every row of the picture; every pair that is not here must change and send nothing. */
const rows: Row[] = [
  ['request', 'new', 'requested'],
  ['request', 'expired', 'expired', 'expired'],
  ['refused', 'requested', 'failed', 'failed'],
  ['refused', 'cancelling', 'expired', 'expired'],
  ['absent', 'cancelling', 'expired', 'expired'],
  ['open', 'requested', 'open', 'requested'],
  ['open', 'expired', 'cancelling'],
  ['open', 'failed', 'cancelling'],
  ['paid', 'requested', 'settled', 'settled'],
  ['paid', 'open', 'settled', 'settled'],
  ['paid', 'cancelling', 'settled', 'settled'],
  ['paid', 'expired', 'settled', 'settled'],
  ['paid', 'failed', 'settled', 'settled'],
  ['paidLess', 'requested', 'mismatch'],
  ['paidLess', 'open', 'mismatch'],
  ['paidLess', 'cancelling', 'mismatch', 'expired'],
  ['paidLess', 'expired', 'mismatch'],
  ['paidLess', 'failed', 'mismatch'],
  ['expired', 'requested', 'expired', 'expired'],
  ['expired', 'open', 'expired', 'expired'],
  ['expired', 'cancelling', 'expired', 'expired'],
  ['reversed', 'requested', 'expired', 'expired'],
  ['reversed', 'open', 'expired', 'expired'],
  ['reversed', 'cancelling', 'expired', 'expired'],
  ['reversed', 'settled', 'reversed', 'reversed'],
  ['cancel', 'new', 'expired', 'expired'],
  ['cancel', 'requested', 'cancelling'],
  ['cancel', 'open', 'cancelling'],
  ['cancel', 'expired', 'expired', 'expired'],
  ['cancel', 'failed', 'failed', 'expired'],
  ['cancel', 'mismatch', 'mismatch', 'expired'],
]

const statuses: PaymentStatus[] = [
  'requested',
  'open',
  'cancelling',
  'settled',
  'failed',
  'expired',
  'mismatch',
  'reversed',
]
const aboutPayment: InputName[] = [
  'request',
  'cancel',
  'open',
  'paid',
  'paidLess',
  'expired',
  'reversed',
  'absent',
  'refused',
]

describe('a payment', () => {
  for (const [input, from, to, ...sent] of rows) {
    test(`${input}: from ${from} to ${to}, saying ${sent.join() || 'nothing'}`, () => {
      const result = after(from === 'new' ? undefined : payment(from), input)
      assert.equal(result.state.status, to)
      assert.deepEqual(result.sent, sent)
    })
  }

  test('is left as it is by everything that is not in the picture', () => {
    for (const from of statuses) {
      for (const input of aboutPayment) {
        if (rows.some((row) => row[0] === input && row[1] === from)) continue
        const before = payment(from)
        const result = after(before, input)
        assert.deepEqual(result.sent, [], `${input} from ${from}`)
        assert.equal(result.state, before, `${input} from ${from}`)
      }
    }
  })

  test('must exist for anything but a request or a cancel', () => {
    for (const input of Object.keys(inputs) as InputName[]) {
      const result = advance(undefined, inputs[input], at)
      assert.equal(result.ok, input === 'request' || input === 'cancel', input)
    }
  })

  test('in another currency is not the payment asked for', () => {
    const result = advance(payment('open'), paying(100, 'USD'), at)
    assert(result.ok)
    assert.equal(result.value.state.status, 'mismatch')
  })

  test('cancelled before it was requested is never taken for settled', () => {
    const tombstone = after(undefined, 'cancel').state
    assert.deepEqual(after(tombstone, 'request').sent, ['expired'])
    assert.equal(after(tombstone, 'paid').state.status, 'mismatch')
  })

  test('is not ended by the end of a twin that its buyer was never shown', () => {
    const twin = reported({ ...known, gatewayId: 'g2', status: 'expired' })
    const result = advance(payment('open'), twin, at)
    assert(result.ok)
    assert.equal(result.value.state.status, 'open')
  })

  test('tells the buyer how to pay, and until when', () => {
    const result = advance(payment('requested'), inputs.open, at)
    assert(result.ok)
    assert.deepEqual(result.value.messages, [
      {
        type: 'payment.requested',
        key: 'o',
        data: { ...about, instructions, expiresAt: '2026-11-20T10:15:00.000Z' },
      },
    ])
  })
})

describe('a refund', () => {
  const failed: Refund = { status: 'failed', amount: 100, reason: 'NO' }
  const asked: Refund = { status: 'requested', amount: 100 }
  const done: Refund = { status: 'done', amount: 100 }
  const none: Refund = { status: 'none' }
  const stories: [InputName, Refund, Refund['status'], ...string[]][] = [
    ['refund', none, 'requested'],
    ['refund', asked, 'requested'],
    ['refund', done, 'done', 'refunded'],
    ['refund', failed, 'failed', 'refund-failed'],
    ['refundPending', none, 'none'],
    ['refundPending', asked, 'requested'],
    ['refundPending', done, 'done'],
    ['refundPending', failed, 'failed'],
    ['refundDone', none, 'none'],
    ['refundDone', asked, 'done', 'refunded'],
    ['refundDone', done, 'done'],
    ['refundDone', failed, 'done', 'refunded'],
    ['refundFailed', none, 'none'],
    ['refundFailed', asked, 'failed', 'refund-failed'],
    ['refundFailed', done, 'done'],
    ['refundFailed', failed, 'failed'],
  ]
  for (const [input, from, to, ...sent] of stories) {
    test(`${input}: from ${from.status} to ${to}, saying ${sent.join() || 'nothing'}`, () => {
      const result = after(payment('settled', from), input)
      assert.equal(result.state.refund.status, to)
      assert.deepEqual(result.sent, sent)
    })
  }

  test('of a payment that was not settled is refused', () => {
    for (const status of statuses.filter((status) => status !== 'settled')) {
      const result = after(payment(status), 'refund')
      assert.deepEqual(result.sent, ['refund-failed'], status)
      assert.equal(result.state.refund.status, 'none')
    }
  })
})

describe('whatever comes, in whatever order', () => {
  const names = Object.keys(inputs) as InputName[]

  function play(sequence: readonly InputName[]) {
    let current: Payment | undefined
    const messages: PaymentMessage[] = []
    for (const name of sequence) {
      const result = advance(current, inputs[name], at)
      if (!result.ok) continue
      current = result.value.state
      messages.push(...result.value.messages)
    }
    return { current, messages }
  }

  function keepsItsPromises(sequence: readonly InputName[]): void {
    const { current, messages } = play(sequence)
    const count = (type: string) => messages.filter((message) => message.type === type).length
    const story = sequence.join(' ')

    assert(count('payment.settled') <= 1, `settled twice: ${story}`)
    assert(count('payment.requested') <= 1, `requested twice: ${story}`)
    const first = sequence.findIndex((name) => name === 'request' || name === 'cancel')
    if (first === -1) return

    // Money in the right amount, before any other money, is always reported.
    const money = sequence.slice(first).find((name) => name === 'paid' || name === 'paidLess')
    const wasRequested = sequence[first] === 'request'
    const beforeMoney = sequence.slice(first, money ? sequence.indexOf(money, first) : undefined)
    if (money === 'paid' && wasRequested && !beforeMoney.includes('reversed')) {
      assert.equal(count('payment.settled'), 1, `money lost: ${story}`)
      assert(current?.status === 'settled' || current?.status === 'reversed', story)
    }
    // Any other money is parked for good, and never settled.
    if (money === 'paidLess' || (money && !wasRequested)) {
      assert.equal(current?.status, 'mismatch', story)
      assert.equal(count('payment.settled'), 0, `guessed: ${story}`)
    }
    // A cancel that was answered by the gateway is answered to its sender.
    if (sequence.slice(first).includes('cancel') && current?.status !== 'cancelling') {
      const answers = ['payment.expired', 'payment.settled']
      assert(
        messages.some(({ type }) => answers.includes(type)),
        `no answer: ${story}`,
      )
    }
    // What waits for an answer is asked about; what rests is left alone.
    const waits =
      ['requested', 'open', 'cancelling'].includes(current?.status ?? '') ||
      current?.refund.status === 'requested'
    assert.equal(current?.checkAt !== null, waits, `check: ${story}`)
  }

  test('no sequence of four inputs breaks a promise', () => {
    const extend = (sequences: InputName[][]) =>
      sequences.flatMap((sequence) => names.map((name) => [...sequence, name]))
    extend(extend(extend(extend([[]])))).forEach(keepsItsPromises)
  })

  test('no longer sequence breaks one either', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...names), { maxLength: 20 }), keepsItsPromises),
      { numRuns: 5_000 },
    )
  })
})
