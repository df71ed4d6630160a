import type { AdmissionApi } from '../admission/contract.ts'
import type { IdentityApi } from '../identity/contract.ts'
import type { Mail, MailStatus } from './domain/mail.ts'

export type Attachment = { fileName: string; contentType: string; content: Uint8Array }

/** Everything notification needs from the world. */
export type NotificationPorts = {
  mails: {
    /**
     * Stores a mail, once, and gives it to the caller to hand over: `done` when that has happened
     * already, `busy` while another is at it. A claim lasts until it is settled; that of a process
     * that died ends soon after it.
     */
    claim(mail: Mail): Promise<'claimed' | 'done' | 'busy'>
    /** Ends a claim. A mail that is `sent` or `captured` is never claimed again. */
    settle(mailId: string, outcome: { status: MailStatus; at: Date; error?: string }): Promise<void>
  }
  /** Null: mails are captured, and their rows are the mailbox. */
  transport: { send(mail: Mail, attachments: Attachment[]): Promise<void> } | null
  admission: Pick<AdmissionApi, 'eTicketPdf'>
  identity: Pick<IdentityApi, 'findUser'>
  /** Where the buyer of an order sees it in a browser. */
  orderUrl: (orderId: string) => string
  /** Who is told when money cannot be given back by itself. */
  operatorAddress: string | null
  derivedId: (...parts: string[]) => string
  clock: () => Date
}
