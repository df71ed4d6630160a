import { serveOrders } from './order-server.ts'

// The ceiling: everything the program does for an order except deciding and keeping it.
await serveOrders(async ({ items }) =>
  items.map(({ ticketType, quantity }) =>
    ticketType.seatsPerRow === null ? [] : Array.from({ length: quantity }, (_, i) => `Seat-${i}`),
  ),
)
