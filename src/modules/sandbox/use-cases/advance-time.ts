import { ok } from '../../../kernel/result.ts'
import { completeRefunds, expire, type Invoice } from '../domain/invoice.ts'
import type { SandboxPorts } from '../ports.ts'

/** Does what time does: invoices run out, refunds succeed. */
export async function advanceTime(ports: SandboxPorts, signal: AbortSignal): Promise<void> {
  const now = ports.clock()
  for (const id of await ports.invoiceSearch.due(now, 1_000)) {
    if (signal.aborted) return
    await ports.invoices.update(id, (current) => {
      if (!current) return { ok: false, error: undefined }
      return ok({ state: completeRefunds(expireIfOver(current, now), now), messages: [] })
    })
  }
}

function expireIfOver(invoice: Invoice, now: Date): Invoice {
  if (invoice.expiresAt > now) return invoice
  const expired = expire(invoice, now)
  return expired.ok ? expired.value.state : invoice
}
