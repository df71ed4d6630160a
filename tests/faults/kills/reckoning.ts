/** What a buyer was told, as the buyer remembers it. */
export type Remembered = {
  orderId: string
  quantity: number
  total: number
  /** The gateway said that it has the money. */
  paid: boolean
}

/** What the database says when nothing is under way any more. */
export type Found = {
  orders: { id: string; status: string; quantity: number; total: number; tickets: number }[]
  /** Orders for which the gateway has money that it did not give back. */
  moneyKept: Set<string>
  /** Mails that should have reached somebody, by their Message-ID, and how often one was begun. */
  mails: { messageId: string; orderId: string; purpose: string; status: string; begun: number }[]
  /** How often the mail server was handed each mail. */
  received: Map<string, number>
}

/**
 * Compares what buyers remember with what there is; each line is a broken promise. A crash may
 * hand a mail over once more, so it comes twice at most, and there are no more repeats than
 * `crashes`.
 */
export function reckon(remembered: readonly Remembered[], found: Found, crashes: number): string[] {
  const byId = new Map(found.orders.map((order) => [order.id, order]))
  return [
    ...remembered.flatMap((memory) => complaintsOfBuyer(memory, byId.get(memory.orderId))),
    ...found.orders.flatMap((order) => complaintsAboutMoney(order, found)),
    ...complaintsAboutMails(found, crashes),
  ]
}

type FoundOrder = Found['orders'][number]

function complaintsOfBuyer(memory: Remembered, order: FoundOrder | undefined): string[] {
  const { orderId, quantity, total, paid } = memory
  if (!order) return [`order ${orderId} was acknowledged and does not exist`]
  const said: string[] = []
  if (order.quantity !== quantity || order.total !== total) {
    said.push(`order ${orderId} is not what was acknowledged`)
  }
  if (paid && order.status !== 'paid' && order.status !== 'refunded') {
    said.push(`order ${orderId} was paid for and is ${order.status}`)
  }
  return said
}

function complaintsAboutMoney(order: FoundOrder, { moneyKept }: Found): string[] {
  const { id, status, quantity, tickets } = order
  if (status === 'paid' && tickets !== quantity) {
    return [`order ${id} is paid and has ${tickets} of ${quantity} tickets`]
  }
  if (status !== 'paid' && tickets > 0) return [`order ${id} is ${status} and has tickets`]
  if (status === 'paid' && !moneyKept.has(id)) return [`order ${id} has tickets for no money`]
  if (status !== 'paid' && moneyKept.has(id)) return [`order ${id} is ${status}, its money kept`]
  return []
}

function complaintsAboutMails({ mails, received, orders }: Found, crashes: number): string[] {
  const said = mails.flatMap(({ messageId, orderId, purpose, status, begun }) => {
    const count = received.get(messageId) ?? 0
    const mail = `the mail ${purpose} of order ${orderId}`
    if (count === 0) return [`${mail} was never handed over, begun ${begun} times and is ${status}`]
    if (count > 2) return [`${mail} was sent ${count} times`]
    return count > begun ? [`${mail} was sent ${count} times and begun ${begun} times`] : []
  })
  const repeats = [...received.values()].reduce((sum, count) => sum + count - 1, 0)
  if (repeats > crashes)
    said.push(`mails were sent ${repeats} times too often, in ${crashes} crashes`)
  const ticketed = new Set(
    mails.filter(({ purpose }) => purpose === 'e-ticket').map(({ orderId }) => orderId),
  )
  const without = orders.filter(({ id, status }) => status === 'paid' && !ticketed.has(id))
  return [
    ...said,
    ...without.map(({ id }) => `order ${id} is paid and its tickets were not mailed`),
  ]
}
