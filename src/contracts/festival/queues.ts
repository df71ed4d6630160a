import { toPublicId } from '../../kernel/id.ts'
import type { WorkQueue } from '../../platform/bus.ts'

const body = (data: unknown) => ({
  bookingId: toPublicId('booking', (data as { orderId: string }).orderId),
})

/** Bookings whose buyer is to be asked for a confirmation. */
export const confirmationQueue: WorkQueue = {
  name: 'booking:send_confirmation',
  type: 'confirmation.ask',
  body,
}

/** Bookings whose buyer is to be told that they were deleted. */
export const deletionQueue: WorkQueue = {
  name: 'booking:delete',
  type: 'confirmation.withdraw',
  body,
}
