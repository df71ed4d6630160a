import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { moduleNames, nameOf, readRevisions } from '../platform/revisions.ts'
import { startError } from '../platform/start-error.ts'
import { isDestructive, schemaDifference } from './schema-difference.ts'
import { query, revisedDatabase, wantedDatabase, type Scratch } from './scratch-databases.ts'

type Written = { name: string; files: string[]; destructive: string[] }

/**
 * Writes the revision that leads from the revisions there are to what each `schema.sql` wants.
 * `squash` puts it in the place of all of them.
 */
export async function writeRevision(
  scratch: Scratch,
  folder: string,
  message: string,
  { squash }: { squash: boolean },
): Promise<Written> {
  const slug = message
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  if (slug === '') throw startError('A revision needs a message with letters in it.')
  const modules = await moduleNames(folder)
  const revisions = squash ? [] : await readRevisions(folder)
  const name = nameOf({ number: revisions.length + 1, slug })

  const wanted = await wantedDatabase(scratch, folder)
  const present = await revisedDatabase(scratch, revisions)
  const up = await schemaDifference(present, wanted, modules)
  if (up.size === 0) throw startError('The revisions already lead to what every schema.sql wants.')
  const down = await schemaDifference(wanted, present, modules)

  const before = await revisedDatabase(scratch, revisions)
  await prove('up', present, up, wanted)
  await prove('down', present, down, before)

  if (squash) await removeRevisions(folder, modules)
  const files: string[] = []
  for (const module of up.keys()) {
    const revisionsFolder = path.join(folder, module, 'revisions')
    await mkdir(revisionsFolder, { recursive: true })
    for (const [direction, statements] of [
      ['up', up.get(module)],
      ['down', down.get(module)],
    ] as const) {
      const file = path.join(revisionsFolder, `${name}.${direction}.sql`)
      await writeFile(file, `${(statements ?? []).join('\n\n')}\n`)
      files.push(file)
    }
  }
  return { name, files, destructive: [...up.values()].flat().filter(isDestructive) }
}

/** Runs the statements and makes sure that nothing is left to do. */
async function prove(
  direction: 'up' | 'down',
  databaseUrl: string,
  statements: Map<string, string[]>,
  goalUrl: string,
): Promise<void> {
  for (const part of statements.values()) await query(databaseUrl, part.join('\n'))
  const rest = await schemaDifference(databaseUrl, goalUrl, [...statements.keys()])
  if (rest.size > 0) {
    throw startError(
      `This change is beyond the tool: after going ${direction} there would remain\n` +
        `${[...rest.values()].flat().join('\n')}\nWrite the revision by hand.`,
    )
  }
}

async function removeRevisions(folder: string, modules: readonly string[]): Promise<void> {
  for (const module of modules) {
    await rm(path.join(folder, module, 'revisions'), { recursive: true, force: true })
  }
}
