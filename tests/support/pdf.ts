import { inflateSync } from 'node:zlib'

export type PdfPage = {
  text: string
  /** The rectangles drawn on it, as numbers of points from its upper left corner. */
  rectangles: { x: number; y: number; width: number }[]
}

/**
 * Reads what `pdfkit` writes, and no other PDF: one compressed content stream per page, texts as
 * hexadecimal strings with the kerning between them (ISO 32000-1, 9.4.3).
 */
export function readPdf(pdf: Buffer): PdfPage[] {
  const source = pdf.toString('latin1')
  return [...source.matchAll(/stream\r?\n(.*?)\r?\nendstream/gs)]
    .map(([, data = '']) => inflateSync(Buffer.from(data, 'latin1')).toString('latin1'))
    .map((content) => ({ text: textOf(content), rectangles: rectanglesOf(content) }))
}

/** One line per text that was written. */
function textOf(content: string): string {
  const written = [...content.matchAll(/\[(.*?)\] TJ/g)].map(([, parts = '']) =>
    [...parts.matchAll(/<([0-9a-f]*)>/g)]
      .map(([, hex = '']) => Buffer.from(hex, 'hex').toString('latin1'))
      .join(''),
  )
  return written.join('\n')
}

function rectanglesOf(content: string): PdfPage['rectangles'] {
  return [...content.matchAll(/^([\d.]+) ([\d.]+) ([\d.]+) [\d.]+ re$/gm)].map(([, ...numbers]) => {
    const [x = 0, y = 0, width = 0] = numbers.map(Number)
    return { x, y, width }
  })
}
