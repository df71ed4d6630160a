import assert from 'node:assert'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { PaymentMessage } from '../contract.ts'
import { advance, isOtherMoney } from './advance-payment.ts'
import {
  refundReference,
  type GatewayReport,
  type Payment,
  type PaymentInput,
  type PaymentStatus,
  type Refund,
} from './payment.ts'

const at = new Date('2026-11-20T10:00:00Z')
const expiresAt = new Date('2026-11-20T10:15:00Z')
const about = { paymentId: 'p', orderId: 'o' }
const terms = {
  eventId: 'e',
  gateway: 'g',
  account: 'test' as const,
  method: 'invoice',
  channel: null,
  amount: 100,
  currency: 'IDR',
  holdSeconds: 900,
  reversibleSeconds: 0,
}
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
  denied: reported({ ...known, status: 'denied', reason: 'DENY' }),
  givenBack: reported({ ...known, status: 'given-back' }),
  absent: { type: 'absent' },
  refused: { type: 'refused', reason: 'NO' },
  callFailed: { type: 'call-failed', reason: 'no answer' },
  refund: { type: 'refund' },
  refundPending: { type: 'refund-reported', report: { status: 'pending' } },
  refundDone: { type: 'refund-reported', report: { status: 'done' } },
  refundFailed: { type: 'refund-reported', report: { status: 'failed', reason: 'NO' } },
} satisfies Record<string, PaymentInput>
type InputName = keyof typeof inputs

function payment(status: PaymentStatus, refund: Refund = { status: 'none' }): Payment {
  const isKnown = status !== 'requested'
  const isPaid = ['settled', 'mismatch', 'reversed'].includes(status)
  return {
    id: 'p',
    reference: 'p',
    orderId: 'o',
    status,
    terms,
    gatewayId: isKnown ? 'g1' : null,
    instructions: isKnown ? instructions : null,
    expiresAt: isKnown ? expiresAt : null,
    paid: isPaid ? { amount: status === 'mismatch' ? 99 : 100, currency: 'IDR' } : null,
    settledAt: null,
    refund,
    refundAt: null,
    resolution: null,
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
  ['paidLess', 'requested', 'mismatch', 'mismatched'],
  ['paidLess', 'open', 'mismatch', 'mismatched'],
  ['paidLess', 'cancelling', 'mismatch', 'expired', 'mismatched'],
  ['paidLess', 'expired', 'mismatch', 'mismatched'],
  ['paidLess', 'failed', 'mismatch', 'mismatched'],
  ['expired', 'requested', 'expired', 'expired'],
  ['expired', 'open', 'expired', 'expired'],
  ['expired', 'cancelling', 'expired', 'expired'],
  ...(['denied', 'givenBack'] as const).flatMap((input): Row[] => [
    [input, 'requested', 'failed', 'failed'],
    [input, 'open', 'failed', 'failed'],
    [input, 'cancelling', 'expired', 'expired'],
    [input, 'settled', 'reversed', 'reversed'],
    [input, 'mismatch', 'failed', 'failed'],
  ]),
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
  'denied',
  'givenBack',
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
        // Having asked in vain only says when to ask again.
        assert.deepEqual({ ...result.state, checkAt: null }, before, `${input} from ${from}`)
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

describe('money beside the money', () => {
  const second = { ...known, gatewayId: 'g2', status: 'paid' as const }
  const paidTwice = (amount: number) => ({ ...second, paid: { amount, currency: 'IDR' } })
  const found = (amount: number, current?: Payment) =>
    advance(
      current,
      {
        type: 'other-money',
        paymentId: 'q',
        beside: payment('settled'),
        report: paidTwice(amount),
      },
      at,
    )

  test('is told by the id of the gateway from a repeat', () => {
    assert.equal(isOtherMoney(payment('settled'), paidTwice(100)), true)
    assert.equal(isOtherMoney(payment('settled'), { ...paidTwice(100), gatewayId: 'g1' }), false)
    assert.equal(isOtherMoney(payment('open'), paidTwice(100)), false)
    assert.equal(isOtherMoney(payment('settled'), { ...second, status: 'open' }), false)
  })

  test('is a payment of its own, settled once, and known to the gateway by the first', () => {
    const first = found(100)
    assert(first.ok)
    const { state, messages } = first.value
    assert.deepEqual([state.id, state.reference, state.gatewayId], ['q', 'p', 'g2'])
    assert.deepEqual(
      messages.map(({ type, data }) => [type, data.paymentId]),
      [['payment.settled', 'q']],
    )
    const again = found(100, state)
    assert(again.ok)
    assert.deepEqual(again.value, { state, messages: [] })
  })

  test('in another amount is parked', () => {
    const first = found(99)
    assert(first.ok)
    assert.equal(first.value.state.status, 'mismatch')
    assert.deepEqual(
      first.value.messages.map(({ type }) => type),
      ['payment.mismatched'],
    )
  })
})

describe('a person', () => {
  const by = 'u'
  const note = 'Seen at the bank.'
  const decisions = {
    accept: { type: 'accept', by, note },
    giveBack: { type: 'give-back', by, note },
    retry: { type: 'retry-refund', by },
    payOut: { type: 'paid-out', by, reference: 'TRX-1', note },
  } satisfies Record<string, PaymentInput>
  const decide = (current: Payment, name: keyof typeof decisions) =>
    advance(current, decisions[name], at)
  const due: Refund = { status: 'failed', amount: 100, reason: 'NO' }

  test('accepts a wrong amount, which then pays the order, once', () => {
    const first = decide(payment('mismatch'), 'accept')
    assert(first.ok)
    const { state, messages } = first.value
    assert.equal(state.status, 'settled')
    assert.deepEqual(state.resolution, { what: 'accepted', by, at: at.toISOString(), note })
    assert.deepEqual(
      messages.map(({ type }) => type),
      ['payment.settled'],
    )
    assert.equal(state.history.at(-1)?.by, by)
    const again = decide(state, 'accept')
    assert(again.ok && again.value.state === state && again.value.messages.length === 0)
    assert.equal(decide(state, 'giveBack').ok, false)
    // When it is given back later, it is what was paid and not what was asked for.
    const back = advance(state, { type: 'refund' }, at)
    assert(back.ok)
    assert.deepEqual(back.value.state.refund, { status: 'requested', amount: 99 })
  })

  test('gives a wrong amount back, and cannot accept it as well', () => {
    const first = decide(payment('mismatch'), 'giveBack')
    assert(first.ok)
    assert.deepEqual(first.value.state.refund, { status: 'requested', amount: 99 })
    assert.equal(decide(first.value.state, 'accept').ok, false)
    const again = decide(first.value.state, 'giveBack')
    assert(again.ok && again.value.state === first.value.state)
  })

  test('has a refund tried again under another name, so that it is not the failed one again', () => {
    const first = decide(payment('settled', due), 'retry')
    assert(first.ok)
    assert.deepEqual(first.value.state.refund, { status: 'requested', amount: 100, attempt: 2 })
    assert.equal(refundReference(first.value.state), 'p-2')
    assert.equal(refundReference(payment('settled', due)), 'p')
    const again = decide(first.value.state, 'retry')
    assert(again.ok && again.value.state === first.value.state)
  })

  test('notes what was paid out by hand, once, with reference and name', () => {
    const first = decide(payment('settled', due), 'payOut')
    assert(first.ok)
    const { state, messages } = first.value
    const byHand = { by, at: at.toISOString(), reference: 'TRX-1', note }
    assert.deepEqual(state.refund, { status: 'done', amount: 100, byHand })
    assert.deepEqual(
      messages.map(({ type }) => type),
      ['payment.refunded'],
    )
    const again = decide(state, 'payOut')
    assert(again.ok && again.value.state === state && again.value.messages.length === 0)
    const other = advance(state, { ...decisions.payOut, reference: 'TRX-2' }, at)
    assert.deepEqual(other, { ok: false, error: { kind: 'refund-not-due', refundStatus: 'done' } })
  })

  test('decides nothing that does not wait for a person', () => {
    const refunds: Refund[] = [
      { status: 'none' },
      { status: 'requested', amount: 100 },
      { status: 'done', amount: 100 },
    ]
    for (const refund of refunds) {
      assert.equal(decide(payment('settled', refund), 'payOut').ok, false, refund.status)
      const retried = decide(payment('settled', refund), 'retry')
      assert.equal(retried.ok, refund.status === 'requested', refund.status)
    }
    for (const status of statuses.filter((status) => status !== 'mismatch')) {
      assert.equal(decide(payment(status), 'accept').ok, false, status)
      assert.equal(decide(payment(status), 'giveBack').ok, false, status)
    }
  })

  test('is never forgotten in the history, however much happens', () => {
    let current = payment('settled', due)
    const first = decide(current, 'retry')
    assert(first.ok)
    current = first.value.state
    for (let times = 0; times < 40; times++) current = after(current, 'callFailed').state
    assert.equal(current.history.length, 13)
    assert.equal(current.history[0]?.by, by)
  })
})

describe('when to ask the gateway again', () => {
  const checkOf = (current: Payment, input: InputName, when: Date) => {
    const result = advance({ ...current, checkAt: at }, inputs[input], when)
    assert(result.ok)
    return result.value.state.checkAt?.toISOString() ?? null
  }
  const hours = (count: number) => new Date(expiresAt.getTime() + count * 3_600_000)

  test('what ended unpaid is looked at an hour and a day later, for a late payment', () => {
    assert.equal(checkOf(payment('open'), 'expired', hours(0)), hours(1).toISOString())
    assert.equal(checkOf(payment('expired'), 'expired', hours(1)), hours(26).toISOString())
    assert.equal(checkOf(payment('failed'), 'absent', hours(26)), null)
    assert.equal(checkOf({ ...payment('expired'), gatewayId: null }, 'absent', at), null)
  })

  test('what the bank may take back is looked at once when it no longer can', () => {
    const reversible = { ...payment('open'), terms: { ...terms, reversibleSeconds: 600 } }
    assert.equal(checkOf(reversible, 'paid', at), '2026-11-20T10:10:00.000Z')
    const settled = { ...payment('settled'), terms: reversible.terms, settledAt: at }
    assert.equal(checkOf(settled, 'paid', new Date(at.getTime() + 600_000)), null)
    assert.equal(checkOf(payment('open'), 'paid', at), null)
    const unanswered = checkOf(settled, 'callFailed', new Date(at.getTime() + 600_000))
    assert.equal(
      unanswered,
      '2026-11-20T10:15:00.000Z',
      'a question without an answer is asked again',
    )
  })

  test('a refund that takes long is asked about ever more rarely', () => {
    const asked = (minutes: number) => ({
      ...payment('settled', { status: 'requested', amount: 100 }),
      refundAt: new Date(at.getTime() - minutes * 60_000),
    })
    assert.equal(checkOf(asked(0), 'refundPending', at), '2026-11-20T10:05:00.000Z')
    assert.equal(checkOf(asked(60), 'refundPending', at), '2026-11-20T11:00:00.000Z')
    assert.equal(checkOf(asked(6_000), 'refundPending', at), '2026-11-20T16:00:00.000Z')
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
    const wasTakenBack = (names: readonly InputName[]) =>
      names.includes('denied') || names.includes('givenBack')
    const isTakenBack = wasTakenBack(sequence.slice(first))
    const money = sequence.slice(first).find((name) => name === 'paid' || name === 'paidLess')
    const wasRequested = sequence[first] === 'request'
    const beforeMoney = sequence.slice(first, money ? sequence.indexOf(money, first) : undefined)
    if (money === 'paid' && wasRequested && !wasTakenBack(beforeMoney)) {
      assert.equal(count('payment.settled'), 1, `money lost: ${story}`)
      assert(current?.status === 'settled' || current?.status === 'reversed', story)
    }
    // Any other money is parked for good, and never settled, unless the bank takes it back.
    if (money === 'paidLess' || (money && !wasRequested)) {
      if (!isTakenBack) assert.equal(current?.status, 'mismatch', story)
      if (!isTakenBack) assert.equal(count('payment.settled'), 0, `guessed: ${story}`)
    }
    // A cancel that was answered by the gateway is answered to its sender.
    if (sequence.slice(first).includes('cancel') && current?.status !== 'cancelling') {
      const answers = ['payment.expired', 'payment.settled']
      assert(
        messages.some(({ type }) => answers.includes(type)),
        `no answer: ${story}`,
      )
    }
    // What waits for an answer, or may be paid late, is asked about; what rests is left alone.
    const waits =
      ['requested', 'open', 'cancelling'].includes(current?.status ?? '') ||
      (['expired', 'failed'].includes(current?.status ?? '') && current?.gatewayId !== null) ||
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
