import { fromPublicId } from '../../kernel/id.ts'
import { advanceOrder } from '../../modules/booking/use-cases/advance-order.ts'
import { sendMail, type SendMail } from '../../modules/notification/use-cases/send-mail.ts'
import { requestPayment } from '../../modules/payment/use-cases/request-payment.ts'
import { ofOrder, traced } from '../../platform/tracing.ts'
import type { Consumer } from '../contract.ts'
import type { FestivalNeeds } from './needs.ts'

type Needs = Pick<FestivalNeeds, 'booking' | 'payment' | 'notification' | 'publicUrl'>

/**
 * Asks the buyer of a booking to confirm it: computes what it costs, makes the code, and mails
 * both. A booking that no longer waits for that is left alone. It resolves once the mail is handed
 * over; a repeat finds the same code, and the mail that was sent already.
 */
export function confirmationConsumer(needs: Needs): Consumer {
  const { booking, payment, notification, publicUrl } = needs
  return async (body) => {
    const orderId = orderIdIn(body)
    const order = orderId && (await booking.ports.orders.find(orderId))
    if (!order || order.status !== 'pending') return
    if (order.payment?.gateway !== 'confirmation') return
    const { paymentId } = order.payment
    if (!(await isAsked(needs, order.id))) return

    const shown = await booking.api.findOrder(order.id)
    if (shown?.status !== 'pending') return
    await hand(notification, {
      cause: { source: 'confirmation.ask', id: paymentId },
      purpose: 'confirmation',
      to: shown.buyer.email,
      order: shown,
      confirmationUrl: `${publicUrl}/bookings/confirms/${payment.ports.confirmations.codeOf(paymentId)}`,
    })
  }
}

/** Opens the payment that the link will settle. False when the booking was closed meanwhile. */
async function isAsked({ booking, payment }: Needs, orderId: string): Promise<boolean> {
  const order = await booking.ports.orders.find(orderId)
  const shown = await booking.api.findOrder(orderId)
  if (!order?.payment || !shown) return false
  const { paymentId, gateway, method, channel } = order.payment
  const { eventId, eventTitle, buyer, items, total, currency } = shown
  await requestPayment(payment.ports, {
    orderId,
    paymentId,
    eventId,
    gateway,
    method,
    channel,
    amount: total,
    currency,
    description: eventTitle,
    buyer,
    items,
    holdSeconds: order.holdSeconds,
  })
  const opened = await payment.ports.payments.find(paymentId)
  if (opened?.status !== 'open' || !opened.instructions || !opened.expiresAt) return false
  const { instructions, expiresAt } = opened
  // Payment reports the same by a message; the mail must not arrive before the booking knows.
  const advanced = await advanceOrder(booking.ports, orderId, {
    type: 'payment.requested',
    paymentId,
    instructions,
    expiresAt,
  })
  return advanced.ok
}

/** Tells the buyer of a booking that it was deleted. It resolves once the mail is handed over. */
export function deletionConsumer({ booking, notification }: Needs): Consumer {
  return async (body) => {
    const orderId = orderIdIn(body)
    const order = orderId && (await booking.api.findOrder(orderId))
    if (!order || !order.byConfirmation) return
    if (order.status === 'pending' || order.status === 'paid' || order.status === 'expired') return
    await hand(notification, {
      cause: { source: 'confirmation.withdraw', id: order.orderId },
      purpose: 'confirmation-withdrawn',
      to: order.buyer.email,
      order,
    })
  }
}

const hand = ({ ports }: Needs['notification'], mail: SendMail): Promise<void> =>
  traced(`mail ${mail.purpose}`, { kind: 'client', attributes: ofOrder(mail.order.orderId) }, () =>
    sendMail(ports, mail),
  )

/** Anybody may write into the queues, so what makes no sense is passed over: no repeat mends it. */
function orderIdIn(body: unknown): string | undefined {
  const { bookingId } = (body ?? {}) as { bookingId?: unknown }
  const id = typeof bookingId === 'string' && fromPublicId('booking', bookingId)
  return id && id.ok ? id.value : undefined
}
