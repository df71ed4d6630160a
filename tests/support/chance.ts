/** Numbers that look random and are the same for the same seed. */
export type Chance = { below(count: number): number; oneOf<T>(items: readonly T[]): T }

/** mulberry32 by Tommy Ettinger, in the public domain: small, and good enough for choosing. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (count: number) => Math.floor(next() * count)
  return { below, oneOf: (items) => items[below(items.length)]! }
}
