import PDFDocument from 'pdfkit'
import { create } from 'qrcode'
import { setImmediate } from 'node:timers/promises'
import { formatInstant } from '../../../kernel/instant.ts'
import { words, type ETicket } from '../domain/e-ticket.ts'
import { printable } from '../domain/printable.ts'

type Pdf = PDFKit.PDFDocument
type Box = { x: number; y: number; width: number }
type Fact = [label: string, value: string]

/** A5, in points. */
const page = { width: 419.53, height: 595.28 }
const margin = 32
const inner = page.width - 2 * margin
const colours = { band: '#1f2a5a', accent: '#f2b632', ink: '#1b1d28', faint: '#6b7080' }
const [regular, bold] = ['Helvetica', 'Helvetica-Bold']

/** One page per ticket. The same e-ticket is the same bytes. */
export async function eTicketPdf(eTicket: ETicket): Promise<Uint8Array> {
  const doc = new PDFDocument({
    size: [page.width, page.height],
    margin: 0,
    autoFirstPage: false,
    lang: eTicket.locale,
    info: {
      Title: printable(eTicket.eventTitle),
      Creator: 'Karcis',
      Producer: 'Karcis',
      CreationDate: eTicket.issuedAt,
    },
  })
  const chunks: Buffer[] = []
  doc.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise((resolve) => doc.on('end', resolve))
  for (const [index, ticket] of eTicket.tickets.entries()) {
    drawPage(doc, eTicket, ticket, index + 1)
    // A hundred pages take a while; others are served in between.
    await setImmediate()
  }
  doc.end()
  await ended
  return Buffer.concat(chunks)
}

function drawPage(
  doc: Pdf,
  eTicket: ETicket,
  ticket: ETicket['tickets'][number],
  ordinal: number,
): void {
  const word = words[eTicket.locale]
  const startsAt = formatInstant(eTicket.eventStartsAt, eTicket.locale)

  doc.addPage()
  drawBand(doc, eTicket, word.eTicket)

  drawFact(doc, [word.when, startsAt], { x: margin, y: 124, width: inner })
  drawFact(doc, [word.where, eTicket.eventLocation], { x: margin, y: 164, width: inner })

  // Four modules around the code stay white (ISO/IEC 18004), or scanners do not find it.
  const side = 196
  drawQr(doc, ticket.code, { x: (page.width - side) / 2, y: 212, width: side })
  fit(doc, word.atTheDoor, { x: margin, y: 427, width: inner }, { size: 8.5, align: 'center' })

  doc
    .moveTo(margin, 446)
    .lineTo(page.width - margin, 446)
    .dash(3, { space: 3 })
    .lineWidth(0.8)
    .stroke(colours.faint)
    .undash()

  const half = (inner - 16) / 2
  const right = margin + half + 16
  drawFact(doc, [word.type, ticket.ticketTypeName], { x: margin, y: 458, width: half })
  if (ticket.seat) drawFact(doc, [word.seat, ticket.seat], { x: right, y: 458, width: half })
  drawFact(doc, [word.holder, ticket.holderName], { x: margin, y: 498, width: inner })
  drawFact(doc, [word.order, eTicket.orderNumber], { x: margin, y: 538, width: inner - 70 }, 8.5)
  const place = word.ticketOf(ordinal, eTicket.tickets.length)
  fit(doc, place, { x: page.width - margin - 90, y: 550, width: 90 }, { size: 8.5, align: 'right' })
}

function drawBand(doc: Pdf, { eventTitle }: ETicket, label: string): void {
  doc.rect(0, 0, page.width, 106).fill(colours.band)
  doc.rect(0, 106, page.width, 4).fill(colours.accent)
  const small = { size: 8.5, font: bold, colour: colours.accent, spacing: 1.5 }
  fit(doc, label.toUpperCase(), { x: margin, y: 20, width: inner }, small)
  const largest = [22, 18, 15].find((size) => {
    doc.font(bold).fontSize(size)
    return doc.heightOfString(printable(eventTitle), { width: inner }) <= 60
  })
  const large = { size: largest ?? 15, font: bold, colour: 'white', height: 60 }
  fit(doc, eventTitle, { x: margin, y: 37, width: inner }, large)
}

/** A small label with its value below, on one line. */
function drawFact(doc: Pdf, [label, value]: Fact, box: Box, size = 12): void {
  fit(doc, label, box, { size: 7.5, colour: colours.faint })
  fit(doc, value, { ...box, y: box.y + 12 }, { size, font: bold })
}

type TextStyle = {
  size: number
  font?: string
  colour?: string
  align?: 'left' | 'right' | 'center'
  spacing?: number
  /** How high the text may grow; one line when absent. */
  height?: number
}

/** Writes what fits into the box, and an ellipsis for the rest. */
function fit(doc: Pdf, text: string, { x, y, width }: Box, style: TextStyle): void {
  doc
    .font(style.font ?? regular)
    .fontSize(style.size)
    .fillColor(style.colour ?? colours.ink)
  doc.text(printable(text), x, y, {
    width,
    height: style.height ?? doc.currentLineHeight(),
    ellipsis: true,
    align: style.align ?? 'left',
    characterSpacing: style.spacing ?? 0,
  })
}

/** Dark modules that touch in a row are one rectangle, so that no viewer shows seams. */
function drawQr(doc: Pdf, code: string, { x, y, width }: Box): void {
  const { data, size } = create(code, { errorCorrectionLevel: 'M' }).modules
  const unit = width / size
  for (let row = 0; row < size; row += 1) {
    for (let from = 0; from < size; from += 1) {
      if (!data[row * size + from]) continue
      let until = from + 1
      while (until < size && data[row * size + until]) until += 1
      doc.rect(x + from * unit, y + row * unit, (until - from) * unit, unit)
      from = until
    }
  }
  doc.fill('black')
}
