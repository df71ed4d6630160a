import type { Event } from './event.ts'

const width = 1_200
const height = 480
const lineLength = 22
const linesMax = 3

/**
 * A picture for an event, as SVG: a kawung pattern in colours of the event's own, and its title.
 * The same title always gives the same picture.
 */
export function drawBanner({ title, location }: Pick<Event, 'title' | 'location'>): string {
  const seed = numberOf(title)
  const hue = seed % 360
  const other = (hue + 40 + (seed % 120)) % 360
  const size = 60 + (seed % 5) * 12
  const lines = wrapped(title).map(
    (line, i) => `<tspan x="72" dy="${i === 0 ? 0 : 84}">${escaped(line)}</tspan>`,
  )
  const top = height - 84 - (lines.length - 1) * 84
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<defs>
<linearGradient id="sky" x2="1" y2="1"><stop stop-color="hsl(${hue} 62% 34%)"/><stop offset="1" stop-color="hsl(${other} 66% 18%)"/></linearGradient>
<pattern id="kawung" width="${size}" height="${size}" patternUnits="userSpaceOnUse" patternTransform="rotate(${seed % 45})">${petals(size)}</pattern>
</defs>
<rect width="${width}" height="${height}" fill="url(#sky)"/>
<rect width="${width}" height="${height}" fill="url(#kawung)" fill-opacity=".22"/>
<circle cx="${760 + (seed % 300)}" cy="${110 + (seed % 70)}" r="${60 + (seed % 40)}" fill="hsl(${(hue + 60) % 360} 90% 66%)" fill-opacity=".8"/>
<g fill="#fff" font-family="system-ui, sans-serif"><text y="${top}" font-size="76" font-weight="700">${lines.join('')}</text>
<text x="72" y="${height - 32}" font-size="30" fill-opacity=".85">${escaped(shortened(location, 60))}</text></g>
</svg>
`
}

/** Four petals around a point, as the kawung batik has them. */
function petals(size: number): string {
  const [half, quarter] = [size / 2, size / 4]
  const petal = (angle: number) =>
    `<ellipse cx="${half}" cy="${quarter}" rx="${quarter * 0.55}" ry="${quarter * 0.9}" transform="rotate(${angle} ${half} ${half})"/>`
  return `<g fill="#fff">${[45, 135, 225, 315].map(petal).join('')}</g>`
}

/** The words of a text in a few lines; what does not fit is left out. */
function wrapped(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + word.length < lineLength)
      lines.splice(-1, 1, `${line} ${word}`)
    else lines.push(shortened(word, lineLength))
  }
  return lines.slice(0, linesMax)
}

const shortened = (text: string, lengthMax: number): string =>
  text.length <= lengthMax ? text : `${[...text].slice(0, lengthMax - 1).join('')}…`

/** Text as XML shows it, also inside a quoted attribute; what XML cannot hold is left out. */
const escaped = (text: string): string =>
  text
    .replace(/[\p{Cc}\uFFFE\uFFFF]/gu, ' ')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

/** Any number, always the same for the same text (FNV-1a). */
function numberOf(text: string): number {
  let number = 0x811c9dc5
  for (const character of text) {
    number = Math.imul(number ^ (character.codePointAt(0) ?? 0), 0x01000193)
  }
  return number >>> 0
}
