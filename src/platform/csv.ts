import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { platformProblems, refuse } from './problems.ts'

export type Cell = string | number | null
type Table = {
  header: readonly string[]
  /** The rows, some at a time: no more of them are asked for than the reader takes. */
  chunks: AsyncIterable<readonly (readonly Cell[])[]>
  /** Begins with the mark by which Excel knows UTF-8. */
  withMark: boolean
}

/** In one process; a caller who is refused asks again and may reach another. */
const downloadsMax = 50
let downloads = 0

/**
 * Answers with a CSV file as it is being read. One that cannot be finished, also because the server
 * closes, ends with its connection, so that nobody takes a part for the whole.
 */
export function sendCsv(
  request: FastifyRequest,
  reply: FastifyReply,
  fileName: string,
  table: Table,
): FastifyReply {
  if (downloads >= downloadsMax) {
    reply.header('retry-after', '5')
    return refuse(reply, platformProblems, { kind: 'unavailable' })
  }
  downloads += 1
  const stream = csvStream(table)
  const { closing } = request.server
  const end = () => stream.destroy(new Error('the server closes'))
  closing.addEventListener('abort', end, { once: true })
  stream.once('close', () => {
    downloads -= 1
    closing.removeEventListener('abort', end)
  })
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${fileName}"`)
    .header('cache-control', 'private, no-store')
    .send(stream)
}

/** The table as RFC 4180 has it, in as many pieces as there are chunks. */
export function csvStream({ header, chunks, withMark }: Table): Readable {
  async function* text() {
    yield (withMark ? '\uFEFF' : '') + csvLine(header)
    for await (const rows of chunks) yield rows.map(csvLine).join('')
  }
  return Readable.from(text(), { highWaterMark: 1 })
}

const csvLine = (cells: readonly Cell[]): string => `${cells.map(csvCell).join(',')}\r\n`

/** What a spreadsheet would take for a formula, also in its full-width form. */
const formula = /^[=+\-@\t\r\n＝＋－＠]/

function csvCell(cell: Cell): string {
  if (typeof cell === 'number') return String(cell)
  const text = cell ?? ''
  const harmless = formula.test(text) ? `'${text}` : text
  return /[",\r\n]|^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
