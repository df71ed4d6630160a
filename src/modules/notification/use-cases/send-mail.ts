import type { Envelope } from '../../../kernel/message.ts'
import { handoversMax, isAddress, type Mail, type MailStatus } from '../domain/mail.ts'
import { renderHtml, renderText } from '../domain/render.ts'
import { contentOf, type Purpose, type Subject } from '../domain/texts.ts'
import type { Attachment, NotificationPorts } from '../ports.ts'

export type SendMail = Omit<Subject, 'orderUrl'> & {
  /** The message that asks for the mail. */
  cause: Pick<Envelope, 'source' | 'id'>
  purpose: Purpose
  to: string
}

/**
 * Writes one mail for one message and purpose, however often the message comes, and hands it over.
 * A crash between the last line of the mail and the note that it was sent hands it over once more,
 * under the same Message-ID; a second one leaves it `doubtful`. Throws when it could not be handed
 * over, so that the bus delivers again.
 */
export const sendMail = (ports: NotificationPorts, command: SendMail): Promise<void> =>
  handOver(ports, mailOf(ports, command))

/** Hands a mail over, once per id, as `sendMail` promises. */
export async function handOver(ports: NotificationPorts, mail: Mail): Promise<void> {
  const claim = await ports.mails.claim(mail)
  if (claim === 'done') return
  const settle = (status: MailStatus, error?: string) =>
    claim.settle({ status, at: ports.clock(), ...(error && { error }) })

  if (claim.begun >= handoversMax) return settle('doubtful', 'its process died twice meanwhile')
  if (!isAddress(mail.to)) return settle('failed', 'not an e-mail address')
  if (!ports.transport) return settle('captured')
  try {
    const attachments = await attachmentsOf(ports, mail)
    if (!attachments) return await settle('failed', 'its tickets were revoked')
    await ports.transport.send(mail, attachments, claim.begin)
  } catch (error) {
    await settle('failed', String(error))
    throw error
  }
  await settle('sent')
}

function mailOf(ports: NotificationPorts, command: SendMail): Mail {
  const { cause, purpose, order, to } = command
  const { locale } = order.buyer
  const content = contentOf(purpose, { ...command, orderUrl: ports.orderUrl(order.orderId) })
  return {
    id: ports.derivedId(cause.source, cause.id, purpose),
    orderId: order.orderId,
    to,
    subject: content.subject,
    text: renderText(content),
    html: renderHtml(content, locale),
    locale,
    hasETicket: purpose === 'e-ticket',
    createdAt: ports.clock(),
  }
}

/** Undefined when the mail is about tickets that are gone. */
async function attachmentsOf(
  { admission }: Pick<NotificationPorts, 'admission'>,
  { hasETicket, orderId }: Mail,
): Promise<Attachment[] | undefined> {
  if (!hasETicket || !orderId) return []
  const content = await admission.eTicketPdf(orderId)
  return content && [{ fileName: 'e-ticket.pdf', contentType: 'application/pdf', content }]
}
