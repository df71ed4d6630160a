import { toPublicId } from '../../../kernel/id.ts'
import { formatInstant } from '../../../kernel/instant.ts'
import { escapeHtml } from '../domain/mail.ts'
import type { KeptMail } from './queries.ts'

/** Nothing of a page runs: a mail may hold whatever a buyer typed. */
export const contentSecurityPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

const style = `
  body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: #1b1d28; background: #f3f4f8 }
  header { background: #1f2a5a; border-bottom: 4px solid #f2b632; padding: 14px 20px }
  header a { color: #fff; font-size: 18px; font-weight: 700; text-decoration: none }
  main { max-width: 860px; margin: 20px auto; padding: 0 14px }
  form { display: flex; gap: 8px; margin-bottom: 16px }
  input { flex: 1; min-width: 0; padding: 8px 10px; font: inherit; border: 1px solid #c6c9d6; border-radius: 6px }
  button { padding: 8px 16px; font: inherit; border: 0; border-radius: 6px; background: #1f2a5a; color: #fff }
  ul { list-style: none; margin: 0; padding: 0; background: #fff; border-radius: 8px }
  li + li { border-top: 1px solid #e6e8f0 }
  li a { display: block; padding: 12px 16px; color: inherit; text-decoration: none }
  li a:hover, li a:focus { background: #f8f9fc }
  h1, h2, li strong, dd { overflow-wrap: anywhere }
  small, dt { color: #6b7080 }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px }
  dd { margin: 0 }
  iframe { width: 100%; height: 640px; border: 1px solid #e6e8f0; border-radius: 8px; background: #fff }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #fff; border-radius: 8px; padding: 16px }
`

export function listPage(mails: readonly KeptMail[], to: string | undefined): string {
  const items = mails.map(
    (mail) =>
      `<li><a href="${addressOf(mail)}"><strong>${escapeHtml(mail.subject)}</strong><br>` +
      `<small>${escapeHtml(mail.to)} · ${formatInstant(mail.createdAt, 'en')}${mail.hasETicket ? ' · PDF' : ''}</small></a></li>`,
  )
  return page(
    'Mails',
    `<form><input name="to" type="search" aria-label="Recipient" placeholder="Recipient's e-mail address" value="${escapeHtml(to ?? '')}"><button>Show</button></form>
${items.length > 0 ? `<ul>\n${items.join('\n')}\n</ul>` : '<p>No mails yet.</p>'}`,
  )
}

/** The HTML of a mail is shown in a frame that may open links in a new tab and nothing more. */
export function mailPage(mail: KeptMail): string {
  const attachment = attachmentOf(mail)
  return page(
    mail.subject,
    `<h1>${escapeHtml(mail.subject)}</h1>
<dl><dt>To</dt><dd>${escapeHtml(mail.to)}</dd>
<dt>Written</dt><dd>${formatInstant(mail.createdAt, 'en')}</dd>
<dt>Status</dt><dd>${mail.status}</dd>
${attachment ? `<dt>Attached</dt><dd><a href="${attachment.href}">${attachment.fileName}</a></dd>` : ''}</dl>
<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="The mail as HTML" srcdoc="${escapeHtml(mail.html)}"></iframe>
<h2>As text</h2>
<pre>${escapeHtml(mail.text)}</pre>`,
  )
}

/** A mail as programs read it. */
export function mailJson(mail: KeptMail) {
  const attachment = attachmentOf(mail)
  return {
    id: toPublicId('mail', mail.id),
    orderId: mail.orderId && toPublicId('order', mail.orderId),
    to: mail.to,
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    locale: mail.locale,
    status: mail.status,
    createdAt: mail.createdAt.toISOString(),
    attachments: attachment ? [attachment] : [],
  }
}

const addressOf = ({ id }: KeptMail): string => `/dev/mail/${toPublicId('mail', id)}`

function attachmentOf(mail: KeptMail) {
  if (!mail.hasETicket) return undefined
  const fileName = 'e-ticket.pdf'
  return { fileName, contentType: 'application/pdf', href: `${addressOf(mail)}/${fileName}` }
}

const page = (title: string, main: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><header><a href="/dev/mail">Karcis mailbox</a></header>
<main>
${main}
</main></body>
</html>
`
