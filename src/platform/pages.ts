import { hash } from 'node:crypto'
import type { Http } from './module.ts'
import type { Problems } from './problems.ts'

const style = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse } td, th { padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top }
:target { background: #fff3c4 }`

const nowhereElse = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const page = (title: string, body: string) =>
  `<!doctype html><html lang="en"><meta charset="utf-8">` +
  `<meta name="viewport" content="width=device-width"><title>${title}</title>` +
  `<style>${style}</style><h1>${title}</h1>${body}</html>`

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/**
 * Two pages for people: `/` says where things are, and `/errors` what a refusal means, which is
 * where the `type` of every refusal points.
 */
export function servePages(
  http: Http,
  addresses: Record<string, string>,
  problems: readonly Problems[],
): void {
  const front = page(
    'Karcis',
    `<table>${Object.entries(addresses).map(addressRow).join('')}</table>`,
  )
  const errors = page('Errors', `<table>${headings}${problemRows(problems)}</table>`)
  const policy = `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; ${nowhereElse}`
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }
  const hidden = { schema: { hide: true } }
  http.get('/', hidden, (_request, reply) => reply.headers(headers).send(front))
  http.get('/errors', hidden, (_request, reply) => reply.headers(headers).send(errors))
}

function addressRow([name, address]: [string, string]): string {
  const text = escaped(address)
  const shown = address.startsWith('/') ? `<a href="${text}">${text}</a>` : text
  return `<tr><th>${escaped(name)}</th><td>${shown}</td></tr>`
}

const headings = '<tr><th>code</th><th>status</th><th>meaning</th><th>retry</th></tr>'

/** Modules may give one code a meaning each; only the first row of a code is what links lead to. */
function problemRows(problems: readonly Problems[]): string {
  const rows = problems.flatMap((one) => Object.entries(one))
  return rows
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { status, title, retry }], i, sorted) => {
      const id = sorted[i - 1]?.[0] === code ? '' : ` id="${code}"`
      const cells = [code, String(status), escaped(title), retry ? 'yes' : 'no']
      return `<tr${id}>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
    })
    .join('')
}
