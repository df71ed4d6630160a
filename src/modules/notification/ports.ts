import type { AdmissionApi } from '../admission/contract.ts'
import type { IdentityApi } from '../identity/contract.ts'
import type { Mail, MailStatus } from './domain/mail.ts'

export type Attachment = { fileName: string; contentType: string; content: Uint8Array }

/** A mail to be handed over by whoever claimed it. It lasts until it is settled, or its process died. */
export type Claim = {
  /** How often it was begun before, and its process died. */
  begun: number
  /** From now on the mail server may have it. Rejects when the claim is another's meanwhile. */
  begin(): Promise<void>
  /** A mail that is `sent` or `captured` is never claimed again. */
  settle(outcome: { status: MailStatus; at: Date; error?: string }): Promise<void>
}

export type Transport = {
  /**
   * Resolves once the mail server has the mail. Awaits `begin` before it sends the last line,
   * without which the server keeps nothing.
   */
  send(mail: Mail, attachments: Attachment[], begin: () => Promise<void>): Promise<void>
}

/** Everything notification needs from the world. */
export type NotificationPorts = {
  mails: {
    /**
     * Stores a mail, once, and gives it to the caller to hand over: `done` when there is nothing
     * left to do about it. While another process is at it this rejects with an outage, so that the
     * bus comes again soon and as often as it takes.
     */
    claim(mail: Mail): Promise<Claim | 'done'>
  }
  /** Null: mails are captured, and their rows are the mailbox. */
  transport: Transport | null
  admission: Pick<AdmissionApi, 'eTicketPdf'>
  identity: Pick<IdentityApi, 'findUser'>
  /** Where the buyer of an order sees it in a browser. */
  orderUrl: (orderId: string) => string
  /** Who is told when money cannot be given back by itself. */
  operatorAddress: string | null
  derivedId: (...parts: string[]) => string
  clock: () => Date
}
