import type pg from 'pg'

const rowsAtOnceMax = 5_000

/** Deletes the rows of a table that are older than the instant, so few at once that nobody waits. */
export async function deleteOldRows(
  pool: pg.Pool,
  { table, column }: { table: string; column: string },
  before: Date,
): Promise<void> {
  let deleted: number | null
  do {
    const { rowCount } = await pool.query(
      `delete from ${table} where ctid = any(array(
         select ctid from ${table} where ${column} < $1 limit ${rowsAtOnceMax}
       ))`,
      [before],
    )
    deleted = rowCount
  } while (deleted === rowsAtOnceMax)
}
