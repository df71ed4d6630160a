import type pg from 'pg'

/** Money of one order: what came in and went out at the gateways, and what the shop makes of it. */
type Row = {
  orderId: string
  status: string
  /** At the gateways, without what the bank took back. */
  came: number
  refunds: number
  byHand: number
  /** What the tickets cost, or a person took for it. */
  due: number
}

/** What the gateways say about money beside what the shop says, order by order. */
export async function reckoned(pool: pg.Pool) {
  const { rows } = await pool.query<Row>(`
    with charges as (
      select p.order_id,
             case when g.status = 'denied' then 0 else (g.money ->> 'amount')::float8 end as came,
             (select coalesce(sum((r ->> 'amount')::float8), 0)
              from jsonb_array_elements(g.refunds) r where r ->> 'status' = 'succeeded') as refunds
      from sandbox.payments g
      join payment.payments p on p.id::text = g.reference
      -- What is paid on the page of a session is a payment request of its own.
      where g.money is not null and g.kind <> 'session'
    ), at_gateways as (
      select order_id, sum(came) as came, sum(refunds) as refunds from charges group by 1
    ), by_hand as (
      select order_id, sum((refund ->> 'amount')::float8) as paid
      from payment.payments where refund ? 'byHand' group by 1
    )
    select o.id as "orderId", o.status, coalesce(g.came, 0) as came,
           coalesce(g.refunds, 0) as refunds, coalesce(h.paid, 0) as "byHand",
           case when o.status <> 'paid' then 0
                when s.resolution ->> 'what' = 'accepted' then (s.paid ->> 'amount')::float8
                else o.total::float8 end as due
    from booking.orders o
    left join at_gateways g on g.order_id = o.id
    left join by_hand h on h.order_id = o.id
    left join payment.payments s on s.id = o.settled_payment_id`)
  const final = ['paid', 'expired', 'cancelled', 'refunded']
  const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0)
  const count: Record<string, number> = {}
  for (const { status } of rows) count[status] = (count[status] ?? 0) + 1
  return {
    count,
    gateway: {
      came: sum(({ came }) => came),
      refunds: sum(({ refunds }) => refunds),
      byHand: sum(({ byHand }) => byHand),
      kept: sum(({ due }) => due),
    },
    wrong: rows.filter(
      ({ status, came, refunds, byHand, due }) =>
        !final.includes(status) || came - refunds - byHand !== due,
    ),
  }
}
