import type { Locale } from '../../booking/contract.ts'

/** A mail as it is kept, ready to be handed over. */
export type Mail = {
  id: string
  orderId: string | null
  to: string
  subject: string
  text: string
  html: string
  locale: Locale
  hasETicket: boolean
  createdAt: Date
}

/** `doubtful`: its process died twice while handing it over, so it may have come twice or never. */
export type MailStatus = 'waiting' | 'sent' | 'captured' | 'failed' | 'doubtful'

/** How often a mail is handed over without it being known what became of it. */
export const handoversMax = 2

/**
 * One mailbox and nothing else: no list, no display name, no route, nothing that could end a line
 * of the conversation with a mail server.
 */
export const isAddress = (text: string): boolean =>
  text.length <= 254 && /^[^\s\p{Cc}<>()[\]",;:\\@]+@[^\s\p{Cc}<>()[\]",;:\\@]+$/u.test(text)

/** What others wrote, as one line: it can neither end a header nor pose as a line of ours. */
export const oneLine = (text: string): string =>
  text.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()

/** Text as HTML shows it, also inside a quoted attribute. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
