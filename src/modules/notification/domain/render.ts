import type { Locale } from '../../booking/contract.ts'
import { escapeHtml } from './mail.ts'

/** What a mail says; both its forms are made of it. Every text in it is a single line. */
export type MailContent = {
  subject: string
  greeting: string
  paragraphs: string[]
  facts: [label: string, value: string][]
  action: { label: string; url: string } | undefined
  closing: string
}

export function renderText({ greeting, paragraphs, facts, action, closing }: MailContent): string {
  const blocks = [
    greeting,
    ...paragraphs,
    facts.map(([label, value]) => `${label}: ${value}`).join('\n'),
    ...(action ? [`${action.label}:\n${action.url}`] : []),
    closing,
  ]
  return `${blocks.join('\n\n')}\n`
}

const font = "font-family:'Helvetica Neue',Helvetica,Arial,sans-serif"

/** Tables and inline styles: the only layout that every mail program shows alike. */
export function renderHtml(content: MailContent, locale: Locale): string {
  const { subject, greeting, paragraphs, facts, action, closing } = content
  const rows = facts.map(
    ([label, value]) =>
      `<tr><td style="padding:6px 16px 6px 0;color:#6b7080;vertical-align:top">${escapeHtml(label)}</td>` +
      `<td style="padding:6px 0;font-weight:600;word-break:break-word">${escapeHtml(value)}</td></tr>`,
  )
  const button = action
    ? `<p style="margin:24px 0"><a href="${escapeHtml(action.url)}" target="_blank" rel="noopener" ` +
      'style="display:inline-block;padding:12px 22px;border-radius:6px;background:#1f2a5a;color:#ffffff;' +
      `text-decoration:none;font-weight:600">${escapeHtml(action.label)}</a></p>`
    : ''
  return `<!doctype html>
<html lang="${locale}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:24px 12px;background:#f3f4f8;color:#1b1d28;font-size:15px;line-height:1.5;${font}">
<div style="max-width:560px;margin:0 auto;background:#ffffff;border-top:4px solid #f2b632;border-radius:8px;padding:28px">
<h1 style="margin:0 0 18px;font-size:20px;line-height:1.3">${escapeHtml(subject)}</h1>
${[greeting, ...paragraphs].map(paragraph).join('\n')}
<table role="presentation" cellspacing="0" cellpadding="0" style="margin:18px 0;font-size:14px">
${rows.join('\n')}
</table>
${button}
${paragraph(closing)}
</div>
</body>
</html>
`
}

const paragraph = (text: string): string => `<p style="margin:0 0 12px">${escapeHtml(text)}</p>`
