import { reached } from '../../../platform/steps.ts'
import type { NotificationPorts } from '../ports.ts'

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

type SmtpTransport = NonNullable<NotificationPorts['transport']> & { close(): void }

/**
 * Hands mails to a mail server over a few lasting connections, encrypted whenever the server
 * offers it. The server must prove its name by a certificate, unless it is on this machine, where
 * nobody is in between and a certificate is usually its own. Message-ID and date are the mail's own, so that a receiver can tell a repeat.
 */
export function smtpTransport({ host, port, credentials, from }: SmtpOptions): SmtpTransport {
  // Loaded when it is needed: many a process never sends a mail.
  const server = import('nodemailer').then(({ createTransport }) =>
    createTransport({
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
    }),
  )
  const domain = /@([^\s<>@]+)>?\s*$/.exec(from)?.[1] ?? 'localhost'
  return {
    async send(mail, attachments) {
      await (
        await server
      ).sendMail({
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
      })
      reached('mail.handed-over')
    },
    close: () => void server.then((opened) => opened.close()),
  }
}
