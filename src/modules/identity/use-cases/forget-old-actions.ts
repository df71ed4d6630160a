import { daysBefore } from '../../../kernel/instant.ts'
import type { IdentityPorts } from '../ports.ts'

/** Ends the life of what the audit log has kept for as long as it is to be kept. */
export async function forgetOldActions(
  ports: Pick<IdentityPorts, 'auditLog' | 'auditRetentionDays' | 'clock'>,
): Promise<void> {
  await ports.auditLog.forgetBefore(daysBefore(ports.clock(), ports.auditRetentionDays))
}
