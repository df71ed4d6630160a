/** A mail that was handed over, or waits to be. */
export type MailSnapshot = { mailId: string; to: string; subject: string; status: string }

/** What other modules may ask notification. */
export type NotificationApi = {
  /** The mails about an order, oldest first. */
  mailsAbout(orderId: string): Promise<MailSnapshot[]>
}
