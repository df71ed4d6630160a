import type { TimelineEntry } from '../../kernel/timeline.ts'

/** A mail that was handed over, or waits to be. */
export type MailSnapshot = { mailId: string; to: string; subject: string; status: string }

/** What other modules may ask notification. */
export type NotificationApi = {
  /** The mails about an order, oldest first. */
  mailsAbout(orderId: string): Promise<MailSnapshot[]>
  /** What it knows of the life of an order, oldest first; empty for one it never heard of. */
  timelineOf(orderId: string): Promise<TimelineEntry[]>
}
