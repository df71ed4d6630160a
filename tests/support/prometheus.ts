/** One series of a scrape. */
export type Series = { name: string; labels: Record<string, string>; value: number }

/** A scrape as Prometheus reads it; throws at a line that is none, and at a series that stands twice. */
export function parseScrape(text: string): Series[] {
  const seen = new Set<string>()
  return text.split('\n').flatMap((line) => {
    if (line === '' || line.startsWith('# ')) return []
    const [, name, labels = '', value = ''] = seriesLine.exec(line) ?? []
    if (!name) throw new Error(`no line of Prometheus: ${line}`)
    if (seen.has(`${name}${labels}`)) throw new Error(`stands twice: ${name}${labels}`)
    seen.add(`${name}${labels}`)
    const pairs = [...labels.matchAll(labelPair)].map(([, label = '', text = '']) => [label, text])
    return [
      { name, labels: Object.fromEntries(pairs), value: Number(value.replace('Inf', 'Infinity')) },
    ]
  })
}

const seriesLine = /^([a-zA-Z_:][\w:]*)(\{[^}]*(?:"[^"]*"[^}]*)*\})? (\S+)$/
const labelPair = /(\w+)="((?:[^"\\]|\\.)*)"/g

/** The sum of the series that have these labels; undefined when there is none. */
export function valueOf(
  scrape: readonly Series[],
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const found = scrape.filter(
    (series) =>
      series.name === name &&
      Object.entries(labels).every(([label, text]) => series.labels[label] === text),
  )
  return found.length > 0 ? found.reduce((sum, { value }) => sum + value, 0) : undefined
}
