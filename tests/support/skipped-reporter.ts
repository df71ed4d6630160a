import path from 'node:path'
import type { TestEvent } from 'node:test/reporters'

/** Ends a run with what was not tested, and why; or with the word that everything was. */
export default async function* skippedReporter(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  const skipped: string[] = []
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const { name, skip, todo, file } = data
    if (skip === undefined && todo === undefined) continue
    const reason = [skip, todo].find((given) => typeof given === 'string') ?? 'no reason is given'
    skipped.push(`  ${path.relative('', file ?? '')}: ${name}: ${reason}\n`)
  }
  if (skipped.length === 0) yield '\nNo test was skipped.\n'
  else yield `\nSkipped: ${skipped.length}\n${skipped.join('')}`
}
