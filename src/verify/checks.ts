/**
 * One promise, and the SQL that finds where it is broken: a row per violation, whose columns are
 * the ids and the numbers that differ. An empty answer means that the promise is kept.
 */
export type Check = { promise: string; about: string; sql: string }

/** What there is in this database to look at. */
export type Scope = {
  /** The modules that have an outbox. */
  outboxes: readonly string[]
  /** Whether graphile-worker carries messages here. */
  hasJobs: boolean
}

export const checks = (scope: Scope): Check[] => [
  ...stockChecks,
  ...seatChecks,
  ...moneyChecks(scope),
  ...ticketChecks(scope),
  ...timeChecks(scope),
]

const live = `o.status in ('pending', 'paid')`

/** Messages that were written and not yet heard; parked ones are on their way nowhere. */
const underWay = ({ outboxes, hasJobs }: Scope) =>
  [
    ...outboxes.map((module) => `select type, data from ${module}.outbox`),
    ...(hasJobs
      ? [
          `select payload -> 'envelope' ->> 'type', (payload -> 'envelope' -> 'data')::jsonb
           from graphile_worker._private_jobs where not (${isParked})`,
        ]
      : []),
    `select null, null where false`,
  ].join(' union all ')
const isParked = 'attempts >= max_attempts and locked_at is null'

/** The orders about which such a message is under way, and the payment it is about. */
const messages = (scope: Scope, ...types: string[]) => `
  select coalesce(data ->> 'orderId', data -> 'order' ->> 'orderId')::uuid as order_id,
         (data ->> 'paymentId')::uuid as payment_id
  from (${underWay(scope)}) as message (type, data)
  where type in (${types.map((type) => `'${type}'`).join(', ')})`

const stockChecks: Check[] = [
  {
    promise: 'stock-is-what-live-orders-hold',
    about: 'What is taken of a ticket type equals the tickets in its live orders.',
    sql: `
      select event_id as "eventId", ticket_type_id as "ticketTypeId",
             s.taken, coalesce(h.held, 0) as "inLiveOrders"
      from booking.stock s full join (
        select o.event_id, i."ticketTypeId" as ticket_type_id, sum(i.quantity) as held
        from booking.orders o, jsonb_to_recordset(o.items)
          as i("ticketTypeId" uuid, quantity integer)
        where ${live} group by 1, 2
      ) h using (event_id, ticket_type_id)
      where coalesce(h.held, 0) is distinct from s.taken`,
  },
  {
    promise: 'never-oversold',
    about: 'What is taken of a ticket type is within its capacity.',
    sql: `
      select event_id as "eventId", ticket_type_id as "ticketTypeId", taken, capacity
      from booking.stock where taken not between 0 and capacity`,
  },
  {
    promise: 'totals-are-sums',
    about: 'The total and the quantity of an order are those of its items.',
    sql: `
      select o.id as "orderId", o.total, i.total as "totalOfItems",
             o.quantity, i.quantity as "quantityOfItems"
      from booking.orders o, lateral (
        select coalesce(sum(quantity * "unitPrice"), 0) as total,
               coalesce(sum(quantity), 0) as quantity
        from jsonb_to_recordset(o.items) as i(quantity integer, "unitPrice" bigint)
      ) i
      where (o.total, o.quantity) is distinct from (i.total, i.quantity)`,
  },
]

const seatChecks: Check[] = [
  {
    promise: 'one-order-per-seat',
    about: 'A seat belongs to the one live order that has it among its items, and to no other.',
    sql: `
      select event_id as "eventId", ticket_type_id as "ticketTypeId", position as seat,
             s.order_id as "seatSays", c.order_id as "inItemsOf"
      from (select * from booking.seats where order_id is not null) s
      full join (
        select o.id as order_id, o.event_id, i."ticketTypeId" as ticket_type_id,
               unnest(i.seats) as position
        from booking.orders o, jsonb_to_recordset(o.items)
          as i("ticketTypeId" uuid, seats integer[])
        where ${live}
      ) c using (event_id, ticket_type_id, position)
      where s.order_id is distinct from c.order_id`,
  },
  {
    promise: 'every-seat-exists',
    // Capacity falls to what is taken when a type is withdrawn; its seats stay.
    about: 'A numbered ticket type has the seats 1 to its capacity, and no other while on sale.',
    sql: `
      select s.event_id as "eventId", s.ticket_type_id as "ticketTypeId", s.capacity,
             coalesce(r.seats, 0) as seats, r.first, r.last
      from booking.events e
      cross join jsonb_to_recordset(e.offer -> 'ticketTypes')
        as t("ticketTypeId" uuid, "seatsPerRow" integer)
      join booking.stock s on s.event_id = e.event_id and s.ticket_type_id = t."ticketTypeId"
      left join (
        select event_id, ticket_type_id,
               count(*) as seats, min(position) as first, max(position) as last
        from booking.seats group by event_id, ticket_type_id
      ) r on r.event_id = s.event_id and r.ticket_type_id = s.ticket_type_id
      where t."seatsPerRow" is not null
        and (coalesce(r.seats, 0) < s.capacity
          or r.seats > 0 and (r.first, r.last) <> (1, r.seats)
          or e.offer ->> 'status' = 'published' and coalesce(r.seats, 0) <> s.capacity)`,
  },
]

const moneyChecks = (scope: Scope): Check[] => [
  {
    promise: 'no-money-for-nothing',
    about: 'A settled payment paid for its order, or is given back, or was not heard of yet.',
    sql: `
      select p.id as "paymentId", p.order_id as "orderId", p.amount, o.status as "orderStatus",
             o.settled_payment_id as "orderWasPaidWith"
      from payment.payments p left join booking.orders o on o.id = p.order_id
      where p.status = 'settled' and p.refund ->> 'status' = 'none'
        and not coalesce(
          o.settled_payment_id = p.id and o.status in ('paid', 'refunding', 'refund_due'), false)
        and p.id not in (${paymentsIn(scope, 'payment.settled', 'payment.refund')})`,
  },
  {
    promise: 'paid-orders-were-paid',
    about: 'The money of a paid order is here, and is its total or what a person accepted.',
    sql: `
      select o.id as "orderId", o.total, o.currency, o.settled_payment_id as "paymentId",
             p.status as "paymentStatus", p.refund ->> 'status' as refund,
             p.paid -> 'amount' as paid, p.paid ->> 'currency' as "paidCurrency"
      from booking.orders o left join payment.payments p on p.id = o.settled_payment_id
      where o.status = 'paid' and (o.total > 0 or o.settled_payment_id is not null)
        and p.resolution ->> 'what' is distinct from 'accepted'
        and (p.status, p.refund ->> 'status', (p.paid ->> 'amount')::numeric,
             p.paid ->> 'currency')
          is distinct from ('settled', 'none', o.total::numeric, o.currency)
        and o.id not in (${ordersIn(scope, 'payment.reversed')})`,
  },
  {
    promise: 'refunds-are-under-way',
    about: 'The money of an order that is being refunded is on its way back.',
    sql: `
      select o.id as "orderId", o.total, o.settled_payment_id as "paymentId",
             p.status as "paymentStatus", p.refund ->> 'status' as refund
      from booking.orders o left join payment.payments p on p.id = o.settled_payment_id
      where o.status = 'refunding' and p.refund ->> 'status' is distinct from 'requested'
        and o.id not in (${ordersIn(
          scope,
          'payment.refund',
          'payment.refunded',
          'payment.refund-failed',
          'payment.reversed',
        )})`,
  },
]

/**
 * Money that only a person can move on, a row for each payment or order, and why. No promise is
 * broken by it: it is known, and told to someone.
 */
export const waitingMoney = `
  select concat_ws(' and ',
           case when p.status = 'mismatch' and p.refund ->> 'status' = 'none' then 'another amount was paid than asked for' end,
           case when p.refund ->> 'status' = 'failed' then 'the refund failed' end,
           case when o.id is not null then 'the order is in refund_due' end) as why,
         coalesce(p.order_id, o.id) as "orderId",
         coalesce(p.id, o.settled_payment_id) as "paymentId",
         coalesce(p.paid -> 'amount', to_jsonb(o.total)) as amount,
         coalesce(p.paid ->> 'currency', o.currency) as currency
  from (
    select * from payment.payments where status = 'mismatch' and refund ->> 'status' = 'none' or refund ->> 'status' = 'failed'
  ) p
  full join (select * from booking.orders where status = 'refund_due') o
    on o.settled_payment_id = p.id`

const ticketChecks = (scope: Scope): Check[] => [
  {
    promise: 'paid-orders-have-their-tickets',
    about: 'A paid order has as many good tickets of each type as it paid, or gets them now.',
    sql: `
      select o.id as "orderId", i.ordered, t.tickets
      from booking.orders o
      cross join lateral (
        select jsonb_object_agg("ticketTypeId", quantity) as ordered
        from (
          select "ticketTypeId", sum(quantity) as quantity
          from jsonb_to_recordset(o.items) as i("ticketTypeId" uuid, quantity integer)
          group by "ticketTypeId"
        ) i
      ) i
      left join (
        select order_id, jsonb_object_agg(ticket_type_id, quantity) as tickets
        from (
          select order_id, ticket_type_id, count(*) as quantity
          from admission.tickets where not revoked group by order_id, ticket_type_id
        ) t group by order_id
      ) t on t.order_id = o.id
      where o.status = 'paid' and i.ordered is distinct from t.tickets
        and o.id not in (${ordersIn(scope, 'ticket.issue')})`,
  },
  {
    promise: 'tickets-are-paid',
    about: 'A ticket that opens the door is that of a paid order, or is being revoked.',
    sql: `
      select t.id as "ticketId", t.order_id as "orderId", o.status as "orderStatus"
      from admission.tickets t left join booking.orders o on o.id = t.order_id
      where not t.revoked and o.status is distinct from 'paid'
        and t.order_id not in (${ordersIn(scope, 'ticket.revoke')})`,
  },
]

const timeChecks = ({ outboxes, hasJobs }: Scope): Check[] => [
  {
    promise: 'holds-end-in-time',
    about: 'No pending order is more than a minute past its time.',
    sql: `
      select id as "orderId", expires_at as "expiresAt", now() as now
      from booking.orders
      where status = 'pending' and expires_at < now() - interval '1 minute'`,
  },
  {
    promise: 'messages-leave-in-time',
    about: 'No message waits in an outbox for more than a minute.',
    sql: [
      ...outboxes.map(
        (module) => `select '${module}' as outbox, position, type, key, written_at as "writtenAt"
          from ${module}.outbox where written_at < now() - interval '1 minute'`,
      ),
      `select null, null, null, null, null where false`,
    ].join(' union all '),
  },
  {
    promise: 'no-message-is-parked',
    about: 'No message waits for an operator.',
    sql: hasJobs
      ? `select id as "parkedId", payload ->> 'module' as module,
                payload -> 'envelope' ->> 'type' as type,
                payload -> 'envelope' ->> 'subject' as key, attempts, last_error as "lastError"
         from graphile_worker._private_jobs where ${isParked}`
      : 'select where false',
  },
]

const ordersIn = (scope: Scope, ...types: string[]) =>
  `select order_id from (${messages(scope, ...types)}) m where order_id is not null`
const paymentsIn = (scope: Scope, ...types: string[]) =>
  `select payment_id from (${messages(scope, ...types)}) m where payment_id is not null`
