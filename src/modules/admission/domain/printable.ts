/** What the standard fonts of PDF can show beyond ASCII: Latin 1 and the rest of Windows 1252. */
const latin1 = /[\u00a1-\u00ac\u00ae-\u00ff]/
const windows1252 = '€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ'
/** Letters that Unicode does not take apart into a base letter and a mark. */
// prettier-ignore
const lookalikes: Record<string, string> = {
  Ł: 'L', ł: 'l', Đ: 'D', đ: 'd', ı: 'i', Ħ: 'H', ħ: 'h', 'ʼ': '’', 'ʻ': '‘', '−': '-', '‐': '-', '‑': '-',
}

/**
 * The text with what the standard fonts of PDF cannot show replaced: letters lose their marks
 * (`ő` → `o`), wide forms their width, and what has no likeness becomes one `?` per character.
 */
export function printable(text: string): string {
  const segments = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(
    text.normalize('NFC').replace(/[\s\p{Cc}]+/gu, ' '),
  )
  return Array.from(segments, ({ segment }) => likenessOf(segment))
    .join('')
    .trim()
}

function likenessOf(grapheme: string): string {
  if (showable(grapheme)) return grapheme
  const known = lookalikes[grapheme]
  if (known) return known
  const base = grapheme.normalize('NFKD').replace(/[\p{M}\p{Cf}]/gu, '')
  if (base !== '' && Array.from(base).every(showable)) return base
  return /^\p{Cf}*$/u.test(grapheme) ? '' : '?'
}

const showable = (character: string): boolean =>
  /^[\x20-\x7e]$/.test(character) ||
  (character.length === 1 && (latin1.test(character) || windows1252.includes(character)))
