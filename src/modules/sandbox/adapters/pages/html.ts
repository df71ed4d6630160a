import type { FastifyReply } from 'fastify'
import { decimalsOf, formatMoney } from '../../../../kernel/money.ts'

/** Text in a page: HTML already, or anything else, which is escaped. */
export type Html = { html: string }

/** Every value is escaped unless it is HTML itself; lists are joined, `false` is nothing. */
export function html(parts: TemplateStringsArray, ...values: unknown[]): Html {
  return {
    html: parts.map((part, i) => part + (i < values.length ? shown(values[i]) : '')).join(''),
  }
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join('')
  if (value === undefined || value === null || value === false) return ''
  if (typeof value === 'object') return 'html' in value ? String(value.html) : escaped(value)
  return escaped(value)
}

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
/** What callers sent as text, and whatever else they sent as JSON: an object's own text may throw. */
const escaped = (value: unknown): string =>
  (typeof value === 'object' ? JSON.stringify(value) : String(value)).replace(
    /[&<>"']/g,
    (character) => escapes[character] ?? character,
  )

/** Said in both languages, Indonesian first. */
export const both = (indonesian: string, english: string): Html =>
  html`${indonesian} <i lang="en">${english}</i>`

export const money = (amount: number, currency: string): string =>
  formatMoney({ amount: amount * 10 ** decimalsOf(currency), currency }, 'id')

export function sendPage(
  reply: FastifyReply,
  title: string,
  body: Html,
  status = 200,
): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .headers({
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .send(whole(title, body).html)
}

const whole = (title: string, body: Html): Html =>
  html`<!doctype html>
    <html lang="id">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${title}</title>
      <style>
        ${{ html: style }}
      </style>
      <header>
        ${both('Simulasi: tidak ada uang yang berpindah.', 'Simulation: no money moves.')}
      </header>
      <main>${body}</main>
    </html> `

const style = `
:root { color-scheme: light }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; background: #eef1f6; color: #1b2430 }
header { background: #fff3cd; padding: .5rem 1rem; font-size: .875rem; text-align: center }
main { max-width: 27rem; margin: 1.5rem auto; padding: 1.5rem; background: #fff; border-radius: .75rem;
  box-shadow: 0 1px 3px #1b243033; box-sizing: border-box }
main.wide, main:has(table) { max-width: 82rem }
h1 { margin: 0 0 .5rem; font-size: 1.25rem } h2 { margin: 2rem 0 .5rem; font-size: 1.1rem }
.total { font-size: 2rem; font-weight: 700; margin: 0 0 1rem }
.number { font: 700 1.4rem/1.4 ui-monospace, monospace; letter-spacing: .06em; overflow-wrap: anywhere }
i { font-size: .85em; color: #586271 } button i { color: inherit }
dt { font-weight: 600 } dd { margin: 0 0 .5rem; overflow-wrap: anywhere }
label { display: block; margin: .5rem 0 }
input, select, button { font: inherit; width: 100%; padding: .7rem; margin: .25rem 0; box-sizing: border-box;
  border-radius: .5rem; border: 1px solid #8a94a3; background: #fff; color: inherit }
button { background: #0b57d0; border-color: #0b57d0; color: #fff; cursor: pointer }
button.quiet { background: none; color: #0b57d0 }
button:focus-visible, input:focus-visible, select:focus-visible, a:focus-visible { outline: 3px solid #f2a900; outline-offset: 2px }
.paid { color: #0a6b2d; font-weight: 700 } .over { color: #a1260d; font-weight: 700 }
svg { display: block; width: 14rem; margin: 0 auto }
table { border-collapse: collapse; width: 100%; font-size: .875rem } th, td { text-align: left; padding: .4rem; border-bottom: 1px solid #d5dbe5; vertical-align: top }
.scroll { overflow-x: auto } td form, .row { display: inline-flex; gap: .25rem; align-items: end; flex-wrap: wrap }
td button, td input, td select { width: auto; padding: .25rem .5rem; margin: .1rem } .row > * { width: auto }
code { overflow-wrap: anywhere }
`
