import { parseArgs } from 'node:util'
import { openPool } from '../platform/postgres.ts'
import { pendingRevisions } from '../platform/revisions.ts'
import { startError } from '../platform/start-error.ts'
import { verify, type Finding, type Waiting } from '../verify/verify.ts'
import { openLiveDatabase } from './live-database.ts'
import { runCommand } from './run-command.ts'

const help = `npm run verify [-- --json]

Holds the running database to the promises of Karcis and names every order, seat, payment and
ticket that breaks one. Reads one snapshot; changes and locks nothing. Ends with 1 if a promise is
broken. Money that waits for a person is named as well and breaks none. --json prints the whole
verdict for programs.

The database is that of DATABASE_URL, or the embedded one.
`

const print = (text: string) => void process.stdout.write(`${text}\n`)
const seconds = (millis: number) => `${(millis / 1000).toFixed(1)} s`

function printFinding({ promise, about, violations, listed, millis }: Finding): void {
  if (violations === 0) return print(`kept    ${promise}: ${about} (${seconds(millis)})`)
  print(`BROKEN  ${promise}: ${about} (${seconds(millis)})`)
  for (const violation of listed) {
    print(`        ${promise}: ${fields(violation)}`)
  }
  if (violations > listed.length) print(`        and ${violations - listed.length} more`)
}

function printWaiting({ count, listed }: Waiting): void {
  for (const { why, ...money } of listed) print(`WAITS   ${text(why)}: ${fields(money)}`)
  if (count > listed.length) print(`        and ${count - listed.length} more`)
}

const fields = (row: Record<string, unknown>) =>
  Object.entries(row)
    .map(([name, value]) => `${name} ${text(value)}`)
    .join(', ')
const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  if (values.help) return print(help)
  await using live = await openLiveDatabase()
  const pool = openPool(live.databaseUrl, 1)
  try {
    const { length: lacking } = await pendingRevisions(pool)
    if (lacking > 0) {
      throw startError(
        `The database lacks ${lacking} of our revisions; is it the right one? Then run \`npm run db -- upgrade\`.`,
      )
    }
    const verdict = await verify(pool, values.json ? () => {} : printFinding)
    if (values.json) {
      print(JSON.stringify(verdict, undefined, 2))
    } else {
      printWaiting(verdict.waiting)
      const broken = verdict.findings.filter(({ violations }) => violations > 0).length
      const { orders, payments, tickets } = verdict.counts
      print(
        `${broken === 0 ? 'All promises kept' : `${broken} of ${verdict.findings.length} promises BROKEN`}: ` +
          `${orders} orders, ${payments} payments, ${tickets} tickets in ${seconds(verdict.millis)}; ` +
          `${verdict.waiting.count} wait for a person`,
      )
    }
    if (!verdict.kept) process.exitCode = 1
  } finally {
    await pool.end()
  }
}

await runCommand(main)
