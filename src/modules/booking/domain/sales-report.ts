import type { Redemption } from '../../admission/contract.ts'

/** What became of the tickets of one type in the orders placed on one day. */
export type Sale = {
  /** In the event's time zone: 2026-11-20. */
  day: string
  ticketTypeId: string
  name: string
  /** Tickets of paid orders. */
  sold: number
  /** Tickets set aside for orders that wait to be paid. */
  held: number
  /** Tickets of orders that ended without money: cancelled, or never paid. */
  cancelled: number
  /** Tickets of orders whose money was, or is being, given back. */
  refunded: number
  gross: number
  refundedAmount: number
}

type Figures = Omit<Sale, 'day' | 'ticketTypeId' | 'name'> & {
  /** What is kept: gross without what is given back. */
  net: number
  /** Tickets let in on the day, whenever they were sold. */
  redeemed: number
}
export type SalesRow = Pick<Sale, 'day' | 'ticketTypeId' | 'name'> & Figures
export type SalesReport = { rows: SalesRow[]; totals: Figures }

const nothing = { sold: 0, held: 0, cancelled: 0, refunded: 0, gross: 0, refundedAmount: 0 }

/** Sales and redemptions side by side, by day and then by the name of the ticket type. */
export function salesReport(
  sales: readonly Sale[],
  redemptions: readonly Redemption[],
): SalesReport {
  const keyOf = (row: { day: string; ticketTypeId: string }) => `${row.day} ${row.ticketTypeId}`
  const rows = new Map<string, SalesRow>()
  for (const sale of sales) {
    rows.set(keyOf(sale), { ...sale, net: sale.gross - sale.refundedAmount, redeemed: 0 })
  }
  for (const { redeemed, ...of } of redemptions) {
    const row = rows.get(keyOf(of)) ?? { ...of, ...nothing, net: 0, redeemed: 0 }
    rows.set(keyOf(of), { ...row, redeemed })
  }
  const order = (a: SalesRow, b: SalesRow) => compare(a.day, b.day) || compare(a.name, b.name)
  const sorted = [...rows.values()].sort(order)
  return { rows: sorted, totals: sorted.reduce(sum, { ...nothing, net: 0, redeemed: 0 }) }
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

const sum = (total: Figures, row: Figures): Figures => ({
  sold: total.sold + row.sold,
  held: total.held + row.held,
  cancelled: total.cancelled + row.cancelled,
  refunded: total.refunded + row.refunded,
  gross: total.gross + row.gross,
  refundedAmount: total.refundedAmount + row.refundedAmount,
  net: total.net + row.net,
  redeemed: total.redeemed + row.redeemed,
})
