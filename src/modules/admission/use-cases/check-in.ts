import { hasRole, type Principal } from '../../../kernel/principal.ts'
import { err, ok, type Result } from '../../../kernel/result.ts'
import type { CheckIn } from '../domain/check-in.ts'
import type { AdmissionPorts } from '../ports.ts'

export type CheckInCommand = {
  eventId: string
  principal: Principal
  scans: readonly { code: string; nonce?: string; at?: Date }[]
}

/**
 * Redeems what was scanned at an event's doors, one after the other. A scan sent again with its
 * nonce gets its first answer again.
 */
export async function checkIn(
  ports: Omit<AdmissionPorts, 'orders' | 'booking' | 'secrets'>,
  { eventId, principal, scans }: CheckInCommand,
): Promise<Result<CheckIn[], { kind: 'event-not-found' }>> {
  if (!(await worksAt(ports, eventId, principal))) return err({ kind: 'event-not-found' })

  const checkIns: CheckIn[] = []
  for (const { code, nonce, at } of scans) {
    const now = ports.clock()
    const scan = {
      // The code is part of it, so that a nonce used twice never admits a second ticket unseen.
      id: nonce ? ports.derivedId(eventId, principal.userId, nonce, code) : ports.newId(),
      eventId,
      ticketId: ports.codes.ticketIn(code),
      scannedBy: principal.userId,
      // A door's clock that runs ahead is not believed.
      scannedAt: at && at < now ? at : now,
    }
    checkIns.push(await ports.doors.redeem(scan))
  }
  return ok(checkIns)
}

/** Staff of the event, its organiser and administrators work at its doors. */
export async function worksAt(
  { catalog }: Pick<AdmissionPorts, 'catalog'>,
  eventId: string,
  principal: Principal,
): Promise<boolean> {
  return (
    hasRole(principal, 'admin') || (await catalog.roleAt(eventId, principal.userId)) !== undefined
  )
}
