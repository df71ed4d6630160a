import assert from 'node:assert'
import { test } from 'node:test'
import { nameOf, readRevisions } from '../../src/platform/revisions.ts'

/** What the version before this one, which runs beside it during an upgrade, may still use. */
const contractions =
  /\bdrop\s+(?:column|table|view|schema|type|function)\b|\brename\b|\balter\s+(?:column\s+)?[\w".]+\s+(?:set\s+data\s+)?type\b|\bset\s+not\s+null\b/i
/** A column that the version before does not fill: its inserts would fail. */
const isDemanded = (clause: string) =>
  /\badd\s+column\b/i.test(clause) &&
  /\bnot\s+null\b/i.test(clause) &&
  !/\b(?:default|generated)\b/i.test(clause)
const says = /^-- contract: .*\d+\.\d+/m

/** What a revision takes away or demands without saying which version no longer minds. */
function takenAway(sql: string): string | undefined {
  if (says.test(sql)) return undefined
  const code = sql.replaceAll(/--.*$|\/\*[^]*?\*\//gm, '')
  // A comma in parentheses belongs to a type or an expression.
  return contractions.exec(code)?.[0] ?? code.split(/;|,(?![^(]*\))/).find(isDemanded)
}

test('no revision after the first takes away what the version before it uses', async () => {
  const revisions = await readRevisions()
  assert.ok(revisions.length > 0)
  for (const revision of revisions.filter(({ number }) => number > 1)) {
    for (const { module, sql } of revision.up) {
      assert.equal(
        takenAway(sql),
        undefined,
        `${nameOf(revision)} of ${module}: see "Upgrades" in docs/operating.md`,
      )
    }
  }
})

test('a revision that takes something away would be seen', () => {
  const seen = [
    'alter table booking.orders drop column note;',
    'DROP TABLE\n  booking.orders;',
    'alter table booking.orders rename column note to notes;',
    'alter table booking.orders alter column note type integer;',
    'alter table booking.orders alter note set data type integer;',
    'alter table booking.orders alter column note set not null;',
    'alter table booking.orders add column note text not null;',
    "alter table booking.orders add column a text default '', add column b numeric(9, 2) not null;",
    '-- contract: it is not needed\nalter table booking.orders drop column note;',
  ]
  for (const sql of seen) assert.ok(takenAway(sql), sql)
})

test('what is added, and what is said to be unused, is let through', () => {
  const fine = [
    'alter table booking.orders add column note text;',
    "alter table booking.orders add column note text not null default '';",
    "create type booking.kind as enum ('a');",
    '-- no drop column here\ncreate index on booking.orders (note);',
    '-- contract: 1.4 stopped reading note\nalter table booking.orders drop column note;',
  ]
  for (const sql of fine) assert.equal(takenAway(sql), undefined, sql)
})
