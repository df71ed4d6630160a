import assert from 'node:assert'

/**
 * The outcome of an operation that is expected to fail sometimes: a seat already taken, a payment
 * refused. Defects and outages are thrown, never returned.
 */
export type Result<T, E> = { ok: true; value: T } | { ok: false; error: E }

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value })
export const err = <E>(error: E): Result<never, E> => ({ ok: false, error })

/** Marks a branch the compiler has proved impossible; fails if outside data proves it wrong. */
export function unreachable(value: never): never {
  assert.fail(`unreachable: ${JSON.stringify(value)}`)
}
