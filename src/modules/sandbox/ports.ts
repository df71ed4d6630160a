import type { Store } from '../../kernel/store.ts'
import type { Delivery, DeliveryStatus, Outcome } from './domain/delivery.ts'
import type { Invoice, Refund } from './domain/invoice.ts'
import type { Merchant } from './domain/wire.ts'

/** Everything the sandbox needs from the world. */
export type SandboxPorts = {
  /** Saving an invoice also queues the webhooks that the change causes. */
  invoices: Store<Invoice>
  invoiceSearch: InvoiceSearch
  deliveries: {
    /** Takes webhooks that are due; others leave them alone until `until`. */
    claim(at: Date, until: Date, countMax: number): Promise<Delivery[]>
    conclude(
      delivery: Delivery,
      result: { status: DeliveryStatus; dueAt: Date; outcome: Outcome },
      at: Date,
    ): Promise<void>
  }
  /** Sends a webhook to the merchant. */
  send(delivery: Delivery): Promise<Outcome>
  merchant: Merchant
  clock: () => Date
}

export type InvoiceSearch = {
  byExternalId(externalId: string | undefined, limit: number): Promise<Invoice[]>
  byRefundId(refundId: string): Promise<{ invoice: Invoice; refund: Refund } | undefined>
  /** Invoices that are over, or have a refund to complete. */
  due(at: Date, countMax: number): Promise<string[]>
}
