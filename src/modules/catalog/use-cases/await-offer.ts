import type { Event } from '../domain/event.ts'
import type { CatalogPorts } from '../ports.ts'

export const waitMillisMax = 2_000
const pollMillis = 25

/**
 * Waits until booking sells an event on its present terms, so that the organiser's next request
 * meets them, but no longer than two seconds. The change is committed: a booking that is slow or
 * fails must not turn it into a failure.
 */
export async function awaitOffer(
  {
    booking,
    pause,
  }: Pick<CatalogPorts, 'pause'> & {
    booking: Pick<CatalogPorts['booking'], 'stockOf'>
  },
  event: Pick<Event, 'id' | 'version' | 'status'>,
): Promise<void> {
  if (event.status === 'draft') return
  let waiting = true
  const arrival = async () => {
    while (waiting) {
      const stock = await booking.stockOf(event.id)
      if (stock && stock.offerVersion >= event.version) return
      await pause(pollMillis)
    }
  }
  const deadline = pause(waitMillisMax)
  await Promise.race([arrival().catch(() => deadline), deadline])
  waiting = false
}
