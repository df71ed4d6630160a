import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { format, resolveConfig } from 'prettier'
import type { Envelope } from '../../src/kernel/message.ts'
import '../../src/platform/children.ts'
import { outboxGauges } from '../../src/platform/database-gauges.ts'
import '../../src/platform/measured-processes.ts'
import { declaredMetrics, measureProcess } from '../../src/platform/metrics.ts'
import { platformProblems, type Problems } from '../../src/platform/problems.ts'
import { composedModules } from '../support/composition.ts'
import { tourFiles } from '../tours/tour-files.ts'

export const root = path.resolve(import.meta.dirname, '../..')

/** The pages that are made of the code, by their place in the repository. */
export async function generatedPages(): Promise<Record<string, string>> {
  const modules = composedModules()
  const problems = Object.fromEntries(modules.map((module) => [module.name, module.problems]))
  const pages = {
    'docs/errors.md': errorsPage({ platform: platformProblems, ...problems }),
    'docs/messages.md': messagesPage(await sentMessages(), reactionsOf(modules)),
    'docs/operating.md': withMetrics(await readFile(path.join(root, 'docs/operating.md'), 'utf8')),
    ...tourFiles(),
  }
  const formatted = Object.entries(pages).map(async ([file, text]) => {
    const filepath = path.join(root, file)
    if (file.endsWith('.http')) return [file, text]
    return [file, await format(text, { ...(await resolveConfig(filepath)), filepath })]
  })
  return Object.fromEntries(await Promise.all(formatted)) as Record<string, string>
}

const notByHand = '<!-- Made of the code by `npm run docs`; edit the code. -->'

/** One row per meaning: modules that answer the same with one code share it. */
export function errorsPage(problemsOf: Record<string, Problems>): string {
  const rows = new Map<string, { code: string; cells: string; modules: string[] }>()
  for (const [module, problems] of Object.entries(problemsOf)) {
    for (const [code, { status, title, retry }] of Object.entries(problems)) {
      const cells = `${status} | ${title} | ${retry ? 'yes' : 'no'}`
      const row = rows.get(`${code} ${cells}`) ?? { code, cells, modules: [] }
      rows.set(`${code} ${cells}`, row)
      row.modules.push(module)
    }
  }
  const sorted = [...rows.values()].sort((a, b) => (a.code < b.code ? -1 : 1))
  return `# Errors

${notByHand}

Every refusal is \`application/problem+json\` (RFC 9457). Its \`code\` never changes its meaning; \`title\` is for
people and may. Whatever else a refusal knows (\`available\`, \`errors\`, …) stands beside them, and \`requestId\` is
what the log has it under.

_Retry_ says whether the same request may succeed later without being changed. A creating request that got
no answer at all is sent again with its \`Idempotency-Key\`.

| code | status | meaning | retry | answered by |
| --- | --- | --- | --- | --- |
${sorted.map(({ code, cells, modules }) => `| \`${code}\` | ${cells} | ${modules.join(', ')} |`).join('\n')}
`
}

type Sent = { type: string; sender: string; description: string }

/** Every contract's messages: a module lists them as \`<module>Messages\`. */
async function sentMessages(): Promise<Sent[]> {
  const sent: Sent[] = []
  for (const { name } of composedModules()) {
    const contract = (await import(`../../src/modules/${name}/contract.ts`).catch(
      () => ({}),
    )) as Record<string, Record<string, { description?: string }>>
    for (const [type, { description = '' }] of Object.entries(contract[`${name}Messages`] ?? {})) {
      sent.push({ type, sender: name, description })
    }
  }
  return sent
}

type Reacting = { name: string; handlers: Record<Envelope['type'], unknown> }

function reactionsOf(modules: Reacting[]): Record<string, string[]> {
  const reactions: Record<string, string[]> = {}
  for (const { name, handlers } of modules) {
    for (const type of Object.keys(handlers)) (reactions[type] ??= []).push(name)
  }
  return reactions
}

/** Fails on a reaction to a message that nobody sends, and on a message without a meaning. */
export function messagesPage(sent: Sent[], reactions: Record<string, string[]>): string {
  const unsent = Object.keys(reactions).filter((type) => !sent.some((each) => each.type === type))
  if (unsent.length > 0) throw new Error(`nobody sends ${unsent.join(', ')}`)
  const unclear = sent.filter(({ description }) => description === '')
  if (unclear.length > 0) throw new Error(`${unclear[0]?.type} has no description`)
  const rows = sent.map(
    ({ type, sender, description }) =>
      `| \`${type}\` | ${sender} | ${reactions[type]?.join(', ') ?? '–'} | ${description} |`,
  )
  return `# Messages

${notByHand}

Modules tell each other what happened, and what to do, by messages: CloudEvents 1.0 envelopes whose \`data\` is
described in the \`contract.ts\` of the sender. A message is written in the transaction of its cause and delivered at
least once; a retried delivery may be overtaken by a later one. Its extension attribute \`requestid\` names the
HTTP request that caused it, directly or by way of other messages; \`traceparent\` its trace, where there are
[traces](operating.md#traces). Fields are only ever added: a changed meaning is a
new type.

| type | sent by | reacted to by | meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}

type DescribedMetric = { name: string; help: string; type: string; labels: readonly string[] }

/** Every metric there can be at `/metrics`. */
function metrics(): DescribedMetric[] {
  measureProcess()
  const counted = declaredMetrics().map(({ labelNames, ...metric }) => ({
    ...metric,
    labels: [...labelNames, 'process'],
  }))
  const gauges = composedModules().flatMap((module) => module.gauges ?? [])
  const read = [...gauges, ...outboxGauges([])].map((gauge) => ({
    ...gauge,
    type: 'gauge',
  }))
  const all = [...counted, ...read].sort((a, b) => (a.name < b.name ? -1 : 1))
  return [...all.filter(isOurs), ...all.filter((metric) => !isOurs(metric))]
}

const isOurs = ({ name }: DescribedMetric) => name.startsWith('karcis_')

const metricsTable = /(<!-- metrics: [^>]* -->\n)[^]*?(<!-- end of metrics -->)/

/** The page with its table of metrics made anew. */
export function withMetrics(page: string, described: DescribedMetric[] = metrics()): string {
  if (!metricsTable.test(page)) throw new Error('the page has no place for the metrics')
  const rows = described.map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  )
  const table = `
| metric | type | labels | meaning |
| --- | --- | --- | --- |
${rows.join('\n')}

`
  return page.replace(metricsTable, (_, begin: string, end: string) => begin + table + end)
}
