import assert from 'node:assert'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { makeWorkerUtils } from 'graphile-worker'
import { after, before, beforeEach, describe, test } from 'node:test'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { verify } from '../../src/verify/verify.ts'

const id = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
const event = id(1)
const standing = id(11)
const seated = id(12)

/** One order in each state of its life, with the seats 1 and 2 of four, and its money. */
const orders = {
  pending: id(101),
  paid: id(102),
  free: id(103),
  expired: id(104),
  cancelled: id(105),
  refunding: id(106),
  refunded: id(107),
  refund_due: id(108),
}
const paymentOf = (order: string) => order.replace('0000000001', '0000000002')
const ticket = id(901)

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
  const utils = await makeWorkerUtils({ pgPool: database.pool })
  await utils.migrate()
  await utils.release()
})
after(() => database[Symbol.asyncDispose]())
beforeEach(async () => {
  await run(`truncate booking.events, booking.stock, booking.seats, booking.orders, booking.outbox,
    payment.payments, payment.outbox, admission.orders, admission.tickets,
    graphile_worker._private_jobs`)
  await run(world())
})

const run = (sql: string) => database.pool.query(sql)

function world(): string {
  const offer = {
    status: 'published',
    ticketTypes: [
      { ticketTypeId: standing, seatsPerRow: null },
      { ticketTypeId: seated, seatsPerRow: 2 },
    ],
  }
  return `
    insert into booking.events (event_id, offer_version, offer, ticket_type_ids)
      values ('${event}', 1, '${JSON.stringify(offer)}', '{${standing},${seated}}');
    insert into booking.stock values ('${event}', '${standing}', 10, 3, 1),
                                     ('${event}', '${seated}', 4, 2, 1);
    insert into booking.seats
      select '${event}', '${seated}', n, case when n <= 2 then '${orders.paid}'::uuid end
      from generate_series(1, 4) n;
    ${order('pending', orders.pending, [[standing, 2, 100, []]])}
    ${order('paid', orders.paid, [[seated, 2, 300, [1, 2]]])}
    ${order('paid', orders.free, [[standing, 1, 0, []]])}
    ${order('expired', orders.expired, [[standing, 1, 100, []]])}
    ${order('cancelled', orders.cancelled, [[seated, 1, 300, [1]]])}
    ${order('refunding', orders.refunding, [[standing, 1, 100, []]])}
    ${order('refunded', orders.refunded, [[standing, 1, 100, []]])}
    ${order('refund_due', orders.refund_due, [[standing, 1, 100, []]])}
    ${payment(orders.paid, 600, 'none')}
    ${payment(orders.refunding, 100, 'requested')}
    ${payment(orders.refunded, 100, 'done')}
    ${payment(orders.refund_due, 100, 'failed')}
    insert into admission.orders select id, event_id, now() from booking.orders
      where status in ('paid', 'refunded');
    insert into admission.tickets
      (id, order_id, event_id, ticket_type_id, ticket_type_name, ordinal, holder_name, revoked,
       redeemed_at, issued_at)
    values
      ('${id(901)}', '${orders.paid}', '${event}', '${seated}', 'Seat', 1, 'Sari', false, null, now()),
      ('${id(902)}', '${orders.paid}', '${event}', '${seated}', 'Seat', 2, 'Sari', false, now(), now()),
      ('${id(903)}', '${orders.free}', '${event}', '${standing}', 'Day', 1, 'Sari', false, null, now()),
      ('${id(904)}', '${orders.refunded}', '${event}', '${standing}', 'Day', 1, 'Sari', true, null, now());`
}

type Item = [ticketTypeId: string, quantity: number, unitPrice: number, seats: number[]]

function order(status: string, orderId: string, content: Item[]): string {
  const items = content.map(([ticketTypeId, quantity, unitPrice, seats]) => {
    return { ticketTypeId, name: 'T', quantity, unitPrice, seatsPerRow: 2, seats }
  })
  const quantity = items.reduce((sum, item) => sum + item.quantity, 0)
  const total = items.reduce((sum, item) => sum + item.quantity * item.unitPrice, 0)
  const settled =
    total > 0 && ['paid', 'refunding', 'refunded', 'refund_due'].includes(status)
      ? `'${paymentOf(orderId)}'`
      : 'null'
  return `insert into booking.orders
    (id, event_id, status, buyer_name, buyer_email, buyer_locale, items, quantity, total, currency,
     settled_payment_id, hold_seconds, expires_at, placed_at)
    values ('${orderId}', '${event}', '${status}', 'Sari', 'sari@example.com', 'id',
      '${JSON.stringify(items)}', ${quantity}, ${total}, 'IDR', ${settled}, 900,
      now() + interval '5 minutes', now());`
}

const payment = (orderId: string, amount: number, refund: string, paymentId = paymentOf(orderId)) =>
  `insert into payment.payments
     (id, reference, order_id, status, event_id, gateway, method, amount, currency, paid, refund, created_at,
      history)
   values ('${paymentId}', '${paymentId}', '${orderId}', 'settled', '${event}', 'sandbox', 'va', ${amount}, 'IDR',
     '{"amount": ${amount}, "currency": "IDR"}', '{"status": "${refund}"}', now(), '[]');`

const inOutbox = (type: string, data: object, age = '0 s') =>
  `insert into booking.outbox (type, key, data, written_at)
   values ('${type}', 'k', '${JSON.stringify(data)}', now() - interval '${age}');`

const asJob = (type: string, data: object) =>
  `select graphile_worker.add_job('deliver',
     '${JSON.stringify({ module: 'm', envelope: { type, subject: 'k', data } })}'::json,
     max_attempts := 3);`

const setOrder = (orderId: string, change: string) =>
  `update booking.orders set ${change} where id = '${orderId}';`

/** How each promise is broken, and what the violation must name. */
const plants: [story: string, sql: string, broken: Record<string, object[]>][] = [
  [
    'stock that counts a ticket nobody has',
    `update booking.stock set taken = 4 where ticket_type_id = '${standing}'`,
    {
      'stock-is-what-live-orders-hold': [
        { eventId: event, ticketTypeId: standing, taken: 4, inLiveOrders: 3 },
      ],
    },
  ],
  [
    'a live order of a ticket type that has no stock',
    `delete from booking.stock where ticket_type_id = '${standing}'`,
    {
      'stock-is-what-live-orders-hold': [
        { eventId: event, ticketTypeId: standing, taken: null, inLiveOrders: 3 },
      ],
    },
  ],
  [
    'more taken than there is',
    `alter table booking.stock drop constraint never_oversell;
     update booking.stock set capacity = 2 where ticket_type_id = '${standing}'`,
    {
      'never-oversold': [{ eventId: event, ticketTypeId: standing, taken: 3, capacity: 2 }],
    },
  ],
  [
    'a total that is not that of the items',
    setOrder(orders.pending, 'total = 199'),
    {
      'totals-are-sums': [
        {
          orderId: orders.pending,
          total: 199,
          totalOfItems: 200,
          quantity: 2,
          quantityOfItems: 2,
        },
      ],
    },
  ],
  [
    'two live orders with one seat',
    `${order('pending', id(109), [[seated, 1, 300, [2]]])}
     update booking.stock set taken = 3 where ticket_type_id = '${seated}'`,
    {
      'one-order-per-seat': [
        {
          eventId: event,
          ticketTypeId: seated,
          seat: 2,
          seatSays: orders.paid,
          inItemsOf: id(109),
        },
      ],
    },
  ],
  [
    'a seat that does not know its order',
    'update booking.seats set order_id = null where position = 2',
    {
      'one-order-per-seat': [
        {
          eventId: event,
          ticketTypeId: seated,
          seat: 2,
          seatSays: null,
          inItemsOf: orders.paid,
        },
      ],
    },
  ],
  [
    'a seat kept by an order that is over',
    `update booking.seats set order_id = '${orders.cancelled}' where position = 3`,
    {
      'one-order-per-seat': [
        {
          eventId: event,
          ticketTypeId: seated,
          seat: 3,
          seatSays: orders.cancelled,
          inItemsOf: null,
        },
      ],
    },
  ],
  [
    'a missing seat',
    'delete from booking.seats where position = 4',
    {
      'every-seat-exists': [
        { eventId: event, ticketTypeId: seated, capacity: 4, seats: 3, first: 1, last: 3 },
      ],
    },
  ],
  [
    'a hole between the seats',
    'update booking.seats set position = 5 where position = 3',
    {
      'every-seat-exists': [
        { eventId: event, ticketTypeId: seated, capacity: 4, seats: 4, first: 1, last: 5 },
      ],
    },
  ],
  [
    'money for an order that expired',
    payment(orders.expired, 100, 'none'),
    {
      'no-money-for-nothing': [
        {
          paymentId: paymentOf(orders.expired),
          orderId: orders.expired,
          amount: 100,
          orderStatus: 'expired',
          orderWasPaidWith: null,
        },
      ],
    },
  ],
  [
    'a second payment that is not given back',
    payment(orders.paid, 600, 'none', id(299)),
    {
      'no-money-for-nothing': [
        {
          paymentId: id(299),
          orderId: orders.paid,
          amount: 600,
          orderStatus: 'paid',
          orderWasPaidWith: paymentOf(orders.paid),
        },
      ],
    },
  ],
  [
    'money for an order that does not exist',
    payment(id(199), 100, 'none'),
    {
      'no-money-for-nothing': [
        {
          paymentId: paymentOf(id(199)),
          orderId: id(199),
          amount: 100,
          orderStatus: null,
          orderWasPaidWith: null,
        },
      ],
    },
  ],
  [
    'a refunded order whose money is still here',
    `update payment.payments set refund = '{"status": "none"}'
     where order_id = '${orders.refunded}'`,
    {
      'no-money-for-nothing': [
        {
          paymentId: paymentOf(orders.refunded),
          orderId: orders.refunded,
          amount: 100,
          orderStatus: 'refunded',
          orderWasPaidWith: paymentOf(orders.refunded),
        },
      ],
    },
  ],
  [
    'less paid than the total',
    `update payment.payments set paid = '{"amount": 6, "currency": "IDR"}'
     where order_id = '${orders.paid}'`,
    {
      'paid-orders-were-paid': [
        {
          orderId: orders.paid,
          total: 600,
          currency: 'IDR',
          paymentId: paymentOf(orders.paid),
          paymentStatus: 'settled',
          refund: 'none',
          paid: 6,
          paidCurrency: 'IDR',
        },
      ],
    },
  ],
  [
    'a paid order that nobody paid',
    setOrder(orders.pending, `status = 'paid'`) +
      inOutbox('ticket.issue', { order: { orderId: orders.pending } }),
    {
      'paid-orders-were-paid': [
        {
          orderId: orders.pending,
          total: 200,
          currency: 'IDR',
          paymentId: null,
          paymentStatus: null,
          refund: null,
          paid: null,
          paidCurrency: null,
        },
      ],
    },
  ],
  [
    'a refund that nobody asked for',
    `update payment.payments set refund = '{"status": "none"}'
     where order_id = '${orders.refunding}'`,
    {
      'refunds-are-under-way': [
        {
          orderId: orders.refunding,
          total: 100,
          paymentId: paymentOf(orders.refunding),
          paymentStatus: 'settled',
          refund: 'none',
        },
      ],
    },
  ],
  [
    'a paid order with a ticket too few',
    `update admission.tickets set revoked = true where id = '${ticket}'`,
    {
      'paid-orders-have-their-tickets': [
        { orderId: orders.paid, ordered: { [seated]: 2 }, tickets: { [seated]: 1 } },
      ],
    },
  ],
  [
    'a paid order with a ticket of another type',
    `update admission.tickets set ticket_type_id = '${standing}' where id = '${ticket}'`,
    {
      'paid-orders-have-their-tickets': [
        {
          orderId: orders.paid,
          ordered: { [seated]: 2 },
          tickets: { [standing]: 1, [seated]: 1 },
        },
      ],
    },
  ],
  [
    'a good ticket of a refunded order',
    `update admission.tickets set revoked = false where order_id = '${orders.refunded}'`,
    {
      'tickets-are-paid': [
        { ticketId: id(904), orderId: orders.refunded, orderStatus: 'refunded' },
      ],
    },
  ],
]

/** Money of the sound database that waits, and has both reasons in one row. */
const alwaysWaits = {
  why: 'the refund failed and the order is in refund_due',
  orderId: orders.refund_due,
  paymentId: paymentOf(orders.refund_due),
  amount: 100,
  currency: 'IDR',
}

/** What makes money wait for a person, and all that is then said to wait. */
const waits: [story: string, sql: string, waiting: object[]][] = [
  [
    'no wrong amount that is on its way back',
    `${payment(orders.expired, 60, 'requested')}
     update payment.payments set status = 'mismatch' where order_id = '${orders.expired}'`,
    [alwaysWaits],
  ],
  [
    'a payment of another amount',
    `${payment(orders.expired, 60, 'none')}
     update payment.payments set status = 'mismatch' where order_id = '${orders.expired}'`,
    [
      {
        why: 'another amount was paid than asked for',
        orderId: orders.expired,
        paymentId: paymentOf(orders.expired),
        amount: 60,
        currency: 'IDR',
      },
      alwaysWaits,
    ],
  ],
  [
    'a second payment whose refund failed',
    payment(orders.paid, 600, 'failed', id(299)),
    [
      {
        why: 'the refund failed',
        orderId: orders.paid,
        paymentId: id(299),
        amount: 600,
        currency: 'IDR',
      },
      alwaysWaits,
    ],
  ],
  [
    'an order in refund_due whose payment says nothing of it',
    `update payment.payments set refund = '{"status": "none"}'
     where order_id = '${orders.refund_due}'`,
    [{ ...alwaysWaits, why: 'the order is in refund_due' }],
  ],
]

/** What looks broken and is on its way. */
const underWay: [story: string, sql: string][] = [
  [
    'tickets about to be issued',
    `delete from admission.tickets where order_id = '${orders.paid}';
     ${asJob('ticket.issue', { order: { orderId: orders.paid } })}`,
  ],
  [
    'a settlement not heard of yet',
    payment(orders.expired, 100, 'none') +
      asJob('payment.settled', {
        orderId: orders.expired,
        paymentId: paymentOf(orders.expired),
      }),
  ],
  [
    'a second payment about to be given back',
    payment(orders.paid, 600, 'none', id(299)) +
      inOutbox('payment.refund', { orderId: orders.paid, paymentId: id(299) }),
  ],
  ['a second payment that was given back', payment(orders.paid, 600, 'done', id(299))],
  [
    'a refund about to be asked for',
    `update payment.payments set refund = '{"status": "none"}'
     where order_id = '${orders.refunding}';` +
      inOutbox('payment.refund', {
        orderId: orders.refunding,
        paymentId: paymentOf(orders.refunding),
      }),
  ],
  [
    'tickets about to be revoked',
    `update admission.tickets set revoked = false where order_id = '${orders.refunded}';
     ${asJob('ticket.revoke', { orderId: orders.refunded, eventId: event })}`,
  ],
  [
    'a payment the bank took back, not heard of yet',
    `update payment.payments set status = 'reversed' where order_id = '${orders.paid}';
     ${asJob('payment.reversed', { orderId: orders.paid, paymentId: paymentOf(orders.paid) })}`,
  ],
  [
    'a withdrawn type, which keeps its seats and no more stock than was sold',
    `update booking.events set offer = jsonb_set(offer, '{status}', '"cancelled"');
     update booking.stock set capacity = taken`,
  ],
]

async function broken() {
  const { findings, kept } = await verify(database.pool)
  const found = findings.filter(({ violations }) => violations > 0)
  assert.equal(kept, found.length === 0)
  return Object.fromEntries(found.map(({ promise, listed }) => [promise, listed]))
}

describe('verify', () => {
  test('finds every promise kept in a sound database', async () => {
    const { kept, findings, waiting, counts } = await verify(database.pool)
    assert.deepEqual(
      findings.filter(({ violations }) => violations > 0),
      [],
    )
    assert.ok(kept)
    assert.deepEqual(waiting, { count: 1, listed: [alwaysWaits] })
    assert.deepEqual(counts, { orders: 8, payments: 4, tickets: 4 })
  })

  test('finds every promise kept where nothing was ever sold and no job ever ran', async () => {
    await using empty = await createTestDatabase()
    assert.ok((await verify(empty.pool)).kept)
  })

  for (const [story, sql, expected] of plants) {
    test(`names ${story}, and nothing else`, async () => {
      await run(sql)
      assert.deepEqual(await broken(), expected)
    })
  }

  test('names a hold that does not end', async () => {
    await run(setOrder(orders.pending, `expires_at = now() - interval '50 seconds'`))
    assert.deepEqual(await broken(), {})
    await run(setOrder(orders.pending, `expires_at = now() - interval '70 seconds'`))
    const found = (await broken())['holds-end-in-time']
    assert.deepEqual(
      found?.map(({ orderId }) => orderId),
      [orders.pending],
    )
  })

  test('names a message that does not leave its outbox, of any module', async () => {
    await run(inOutbox('order.paid', {}, '50 seconds'))
    assert.deepEqual(await broken(), {})
    await run(`insert into payment.outbox (type, key, data, written_at)
      values ('payment.settled', 'k', '{}', now() - interval '70 seconds')`)
    const found = (await broken())['messages-leave-in-time']
    assert.deepEqual(
      found?.map(({ outbox, type }) => [outbox, type]),
      [['payment', 'payment.settled']],
    )
  })

  test('takes what a person accepted for the total of its order', async () => {
    await run(`update payment.payments set paid = '{"amount": 1, "currency": "IDR"}',
      resolution = '{"what": "accepted"}' where id = '${paymentOf(orders.paid)}'`)
    assert.deepEqual(await broken(), {})
  })

  test('names a parked message, which is on its way nowhere', async () => {
    await run(`delete from admission.tickets where order_id = '${orders.free}';
      ${asJob('ticket.issue', { order: { orderId: orders.free } })}`)
    assert.deepEqual(await broken(), {})
    await run(`update graphile_worker._private_jobs set attempts = 3, last_error = 'boom'`)
    const found = await broken()
    assert.deepEqual(Object.keys(found), ['paid-orders-have-their-tickets', 'no-message-is-parked'])
    const [parked] = found['no-message-is-parked'] ?? []
    assert.equal(parked?.['type'], 'ticket.issue')
    assert.equal(parked?.['lastError'], 'boom')
  })

  for (const [story, sql] of underWay) {
    test(`does not complain of ${story}`, async () => {
      await run(sql)
      assert.deepEqual(await broken(), {})
    })
  }

  for (const [story, sql, expected] of waits) {
    test(`names ${story} as waiting for a person, which breaks no promise`, async () => {
      await run(sql)
      const { kept, waiting } = await verify(database.pool)
      const byWhy = (a: object, b: object) => JSON.stringify(a).localeCompare(JSON.stringify(b))
      assert.deepEqual(waiting.listed.toSorted(byWhy), expected.toSorted(byWhy))
      assert.equal(waiting.count, expected.length)
      assert.ok(kept)
    })
  }

  test('lists a hundred violations of a promise, and counts them all', async () => {
    await run(`insert into payment.payments
        (id, reference, order_id, status, refund, amount, created_at, history)
      select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'settled', '{"status": "none"}', 1, now(), '[]'
      from generate_series(1, 150)`)
    const { findings } = await verify(database.pool)
    const finding = findings.find(({ promise }) => promise === 'no-money-for-nothing')
    assert.equal(finding?.violations, 150)
    assert.equal(finding?.listed.length, 100)
  })

  test('has a plant for every promise', async () => {
    const { findings } = await verify(database.pool)
    const planted = new Set([
      ...plants.flatMap(([, , expected]) => Object.keys(expected)),
      'holds-end-in-time',
      'messages-leave-in-time',
      'no-message-is-parked',
    ])
    assert.deepEqual(new Set(findings.map(({ promise }) => promise)), planted)
  })
})

test('a database that is not up to date is told from one that breaks promises', async () => {
  // It has the tables, and no revision that made them.
  await using other = await createTestDatabase()
  const verify = path.resolve(import.meta.dirname, '../../src/commands/verify.ts')
  const env = { PATH: '/usr/bin:/bin', DATABASE_URL: other.databaseUrl }
  const { status, stdout, stderr } = spawnSync(process.execPath, [verify], { env })
  assert.match(`${stdout}${stderr}`, /^The database lacks \d+ of our revisions[^\n]*\n$/)
  assert.ok(status !== 0 && status !== 1)
})
