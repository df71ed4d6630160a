import type pg from 'pg'

/** As many as the sequence in `schema.sql` goes on by. */
const numbersAtOnce = 1_000

/** Digits for virtual accounts, of which each process takes many at a time. */
export function vaDigits(pool: pg.Pool): (length: number) => Promise<string> {
  let taking: Promise<number> | undefined
  let next = 0
  let end = 0

  async function take(): Promise<number> {
    const { rows } = await pool.query<{ first: number }>(
      `select nextval('booking.virtual_accounts') as first`,
    )
    next = rows[0]!.first
    end = next + numbersAtOnce
    return next
  }

  return async (length) => {
    while (next >= end) {
      taking ??= take().finally(() => (taking = undefined))
      await taking
    }
    // When they are used up, after a hundred million of the shortest, they begin anew.
    return String(next++ % 10 ** length).padStart(length, '0')
  }
}
