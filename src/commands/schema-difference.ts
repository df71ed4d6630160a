import { hash } from 'node:crypto'
import { query } from './scratch-databases.ts'

/**
 * The statements that turn the schemas of one database into those of another, by schema. Only the
 * named schemas are looked at; what is in none of them, such as an extension, is not ours.
 */
export async function schemaDifference(
  fromUrl: string,
  toUrl: string,
  schemas: readonly string[],
): Promise<Map<string, string[]>> {
  const statements = [
    ...(await migraStatements(fromUrl, toUrl)),
    ...(await storageStatements(fromUrl, toUrl, schemas)),
  ]
  return new Map(
    schemas
      .map((schema) => [schema, statements.filter((sql) => schemaOf(sql) === schema)] as const)
      .filter(([, own]) => own.length > 0),
  )
}

/** The first qualified name in a statement is that of what it changes. */
function schemaOf(statement: string): string | undefined {
  const name =
    /\bschema if (?:not )?exists "(\w+)"/.exec(statement) ?? /"?(\w+)"?\."?\w/.exec(statement)
  return name?.[1]
}

/** True for a statement that throws away rows, values or a promise that the database keeps. */
export const isDestructive = (statement: string): boolean =>
  /\bdrop\s+(schema|table|column|constraint|sequence|type)\b|\bset data type\b/is.test(statement)

async function migraStatements(fromUrl: string, toUrl: string): Promise<string[]> {
  // A developer's tool, so it is loaded only when a developer asks for it.
  const [{ run }, { default: naming }] = await Promise.all([
    import('@pgkit/migra'),
    import('@pgkit/client/dist/naming.js'),
  ])
  // It names each query by parsing it, which takes nine tenths of its time; nobody reads the names.
  Object.assign(naming, { nameQuery: ([text = '']: string[]) => hash('md5', text) })
  const migration = await run(fromUrl, toUrl, {
    unsafe: true,
    excludeSchema: ['graphile_worker', 'karcis'],
  })
  await Promise.all([migration.s_from, migration.s_target].map(endConnections))
  return (
    [...migration.statements]
      // Migra puts an index that belongs to an exclusion constraint into a comment.
      .filter((statement) => !/^select 1;\s*--/.test(statement))
      .map(laidOut)
  )
}

function laidOut(statement: string): string {
  const text = statement.trim()
  return /^create (unlogged )?table/.test(text)
    ? text.replaceAll(/^ +(?=")/gm, '  ').replace(/\n +\);$/, '\n);')
    : text
}

const endConnections = async (client: object): Promise<void> => {
  if ('end' in client && typeof client.end === 'function') await client.end()
}

/** Migra does not see the storage parameters of tables (`fillfactor`, `autovacuum_…`). */
async function storageStatements(
  fromUrl: string,
  toUrl: string,
  schemas: readonly string[],
): Promise<string[]> {
  const [from, to] = await Promise.all([
    storageParameters(fromUrl, schemas),
    storageParameters(toUrl, schemas),
  ])
  return [...to].flatMap(([table, wanted]) => {
    const present = from.get(table) ?? {}
    const set = Object.entries(wanted).filter(([name, value]) => present[name] !== value)
    const reset = Object.keys(present).filter((name) => !(name in wanted))
    return [
      ...(set.length > 0
        ? [
            `alter table ${table} set (${set.map(([name, value]) => `${name}=${value}`).join(', ')});`,
          ]
        : []),
      ...(reset.length > 0 ? [`alter table ${table} reset (${reset.join(', ')});`] : []),
    ]
  })
}

async function storageParameters(
  databaseUrl: string,
  schemas: readonly string[],
): Promise<Map<string, Record<string, string>>> {
  const { rows } = await query(
    databaseUrl,
    `select format('%I.%I', n.nspname, c.relname) as table, (
       select coalesce(json_object_agg(prefix || o.option_name, o.option_value), '{}')
       from (values ('', c.reloptions), ('toast.', t.reloptions)) as own (prefix, options),
            pg_options_to_table(own.options) as o
     ) as parameters
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     left join pg_class t on t.oid = c.reltoastrelid
     where n.nspname = any($1) and c.relkind in ('r', 'p')
     order by 1`,
    [schemas],
  )
  return new Map(rows.map((row) => [row.table, row.parameters]))
}
