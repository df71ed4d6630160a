/**
 * The numbered seats of a ticket type. A seat is known by its position, 1 to the capacity, counted
 * row by row from the front; its label is made of that.
 */

/** A row this long is the only one: its seats are called Seat-1, Seat-2, … */
export const seatsPerRowMax = 200_000

/** `Seat-7` where there is one row, `C7` (third row, seventh seat) where there are several. */
export function seatLabel(position: number, seatsPerRow: number): string {
  if (seatsPerRow >= seatsPerRowMax) return `Seat-${position}`
  const row = Math.floor((position - 1) / seatsPerRow)
  return `${rowLetters(row)}${((position - 1) % seatsPerRow) + 1}`
}

/** The position a label names; undefined when no seat is called so. */
export function seatPosition(label: string, seatsPerRow: number): number | undefined {
  if (seatsPerRow >= seatsPerRowMax) {
    const number = /^Seat-([1-9]\d{0,5})$/.exec(label)?.[1]
    return number === undefined ? undefined : Number(number)
  }
  const [, letters, number] = /^([A-Z]{1,4})([1-9]\d{0,5})$/.exec(label) ?? []
  if (letters === undefined || Number(number) > seatsPerRow) return undefined
  return rowNumber(letters) * seatsPerRow + Number(number)
}

/** Rows are lettered like columns of a spreadsheet: A … Z, AA, AB, … */
function rowLetters(row: number): string {
  const last = String.fromCharCode(65 + (row % 26))
  return row < 26 ? last : rowLetters(Math.floor(row / 26) - 1) + last
}

function rowNumber(letters: string): number {
  return [...letters].reduce((row, letter) => row * 26 + letter.charCodeAt(0) - 64, 0) - 1
}

/** Which seats of a ticket type are taken. Changed in place by the one who decides. */
export type SeatMap = {
  seatsPerRow: number
  /** A byte per seat, at position - 1; not 0 means taken. */
  taken: Uint8Array
  /**
   * By length of a run: no run of that many free seats begins before this position. A search
   * goes on where the last one ended, so filling a hall takes one pass over it and not one per
   * order.
   */
  searchFrom: Map<number, number>
}

export const seatMap = (seatsPerRow: number, taken: Uint8Array): SeatMap => ({
  seatsPerRow,
  taken,
  searchFrom: new Map(),
})

export const isFree = (map: SeatMap, position: number): boolean =>
  position >= 1 && position <= map.taken.length && map.taken[position - 1] === 0

export function takeSeats(map: SeatMap, positions: readonly number[]): void {
  for (const position of positions) map.taken[position - 1] = 1
}

/**
 * The best free seats: as far to the front as possible, side by side in one row where any row
 * still has that many together, otherwise the foremost that are left. Undefined when fewer are
 * free.
 */
export function bestAvailable(map: SeatMap, quantity: number): number[] | undefined {
  const start = findRun(map, quantity)
  if (start !== undefined) return Array.from({ length: quantity }, (_, i) => start + i)

  const scattered: number[] = []
  let from = 1
  while (scattered.length < quantity) {
    const next = map.taken.indexOf(0, from - 1) + 1
    if (next === 0) return undefined
    scattered.push(next)
    from = next + 1
  }
  return scattered
}

function findRun(map: SeatMap, length: number): number | undefined {
  const { taken, seatsPerRow, searchFrom } = map
  if (length > seatsPerRow) return undefined
  let start = searchFrom.get(length) ?? 1
  while (start + length - 1 <= taken.length) {
    const seatInRow = (start - 1) % seatsPerRow
    if (seatInRow + length > seatsPerRow) {
      start += seatsPerRow - seatInRow
      continue
    }
    const obstacle = lastTaken(taken, start, length)
    if (obstacle === undefined) {
      searchFrom.set(length, start)
      return start
    }
    start = obstacle + 1
  }
  searchFrom.set(length, taken.length + 1)
  return undefined
}

/** The last taken position of a stretch; the next run can only begin behind it. */
function lastTaken(taken: Uint8Array, start: number, length: number): number | undefined {
  for (let position = start + length - 1; position >= start; position--) {
    if (taken[position - 1] !== 0) return position
  }
  return undefined
}
