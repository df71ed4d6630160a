import { Transform } from 'node:stream'
import type { SendMailOptions } from 'nodemailer'
import { reached } from '../../../platform/steps.ts'
import type { Transport } from '../ports.ts'

export type SmtpOptions = {
  host: string
  port: number
  /** Null: the server asks for no authentication. */
  credentials: { user: string; password: string } | null
  /** `tickets@example.org` or `Karcis <tickets@example.org>`. */
  from: string
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

type Outgoing = SendMailOptions & { begin: () => Promise<void> }
type SmtpTransport = Transport & { close(): void }

/**
 * Hands mails to a mail server over a few lasting connections, encrypted whenever the server
 * offers it. The server must prove its name by a certificate, unless it is on this machine, where
 * nobody is in between and a certificate is usually its own. Message-ID and date are the mail's own, so that a receiver can tell a repeat.
 */
export function smtpTransport({ host, port, credentials, from }: SmtpOptions): SmtpTransport {
  // Loaded when it is needed: many a process never sends a mail.
  const server = import('nodemailer').then(({ createTransport }) => {
    const opened = createTransport({
      pool: true,
      host,
      port,
      // Port 465 speaks TLS from the first byte (RFC 8314); on others STARTTLS is used when offered.
      secure: port === 465,
      ...(isLoopback(host) && { tls: { rejectUnauthorized: false } }),
      ...(credentials && { auth: { user: credentials.user, pass: credentials.password } }),
      maxConnections: 3,
      dnsTimeout: 10_000,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 20_000,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    opened.use('stream', (mail, done) => {
      const { begin } = mail.data as Outgoing
      mail.message.transform(() => endingAfter(begin))
      done()
    })
    return opened
  })
  const domain = /@([^\s<>@]+)>?\s*$/.exec(from)?.[1] ?? 'localhost'
  return {
    async send(mail, attachments, begin) {
      const outgoing: Outgoing = {
        begin,
        from,
        to: { name: '', address: mail.to },
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        messageId: `<${mail.id}@${domain}>`,
        date: mail.createdAt,
        headers: { 'Auto-Submitted': 'auto-generated' },
        attachments: attachments.map(({ fileName, contentType, content }) => ({
          filename: fileName,
          contentType,
          content: Buffer.from(content),
        })),
      }
      await (await server).sendMail(outgoing).catch((error: Error) => {
        // Without its code, by which it would be taken for an outage of our own, which counts for nothing.
        throw new Error(error.message)
      })
      reached('mail.handed-over')
    },
    close: () => void server.then((opened) => opened.close()),
  }
}

/** Passes all through, and ends after the work; when that fails, the mail is broken off. */
const endingAfter = (work: () => Promise<void>): Transform =>
  new Transform({
    transform: (chunk, _encoding, done) => done(null, chunk),
    flush: (done) => void work().then(() => done(), done),
  })
