import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { userImport } from '../compose.ts'
import { openPool } from '../platform/postgres.ts'
import { startError } from '../platform/start-error.ts'
import { openLiveDatabase } from './live-database.ts'
import { runCommand } from './run-command.ts'

const help = `npm run users -- import <file>

import   makes a user of every line of the file, such as
         {"name":"Sari","email":"sari@example.com","phone":null,"passwordHash":"$2b$10$…"}
         where phone and passwordHash may be left out. A hash is of bcrypt or argon2id. What cannot
         be imported is named by its line; an address that is known already stays as it is.

The database is that of DATABASE_URL, or the embedded one.
`

const line = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    email: Type.String({ maxLength: 254, pattern: '^[^\\s@]+@[^\\s@]+$' }),
    phone: Type.Optional(Type.Union([Type.String({ maxLength: 25 }), Type.Null()])),
    passwordHash: Type.Optional(Type.Union([Type.String({ maxLength: 200 }), Type.Null()])),
  },
  { additionalProperties: false },
)

const print = (text: string) => void process.stdout.write(`${text}\n`)

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean' } },
  })
  const [command, file] = positionals
  if (values.help || command !== 'import') {
    process.exitCode = values.help ? 0 : 1
    return print(help)
  }
  if (file === undefined) throw startError('Say which file to import.')

  await using live = await openLiveDatabase()
  const pool = openPool(live.databaseUrl, 2)
  try {
    const importUser = userImport(pool)
    let number = 0
    let imported = 0
    for await (const text of createInterface({ input: createReadStream(file) })) {
      number++
      const user = read(text)
      const result = user && (await importUser({ phone: null, passwordHash: null, ...user }))
      if (result?.ok) imported++
      else print(`line ${number}: ${result ? result.error.kind : 'not a user'}`)
    }
    print(`${imported} of ${number} imported.`)
    if (imported < number) process.exitCode = 1
  } finally {
    await pool.end()
  }
}

function read(text: string) {
  try {
    const value: unknown = JSON.parse(text)
    return Value.Check(line, value) ? value : undefined
  } catch {
    return undefined
  }
}

await runCommand(main)
