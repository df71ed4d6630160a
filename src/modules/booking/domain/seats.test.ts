import assert from 'node:assert'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  bestAvailable,
  isFree,
  seatLabel,
  seatMap,
  seatPosition,
  seatsPerRowMax,
  takeSeats,
  type SeatMap,
} from './seats.ts'

/** A hall as a person draws it: a line per row, `.` is free, `x` is taken. */
function hall(...rows: string[]): SeatMap {
  const drawn = rows.join('')
  return seatMap(
    rows[0]!.length,
    Uint8Array.from(drawn, (seat) => (seat === 'x' ? 1 : 0)),
  )
}

describe('a seat label', () => {
  // prettier-ignore
  const labels: [number, number, string][] = [
    [1,       10,             'A1'],
    [10,      10,             'A10'],
    [11,      10,             'B1'],
    [27,      10,             'C7'],
    [260,     10,             'Z10'],
    [261,     10,             'AA1'],
    [7020,    10,             'ZZ10'],
    [7021,    10,             'AAA1'],
    [26,      1,              'Z1'],
    [27,      1,              'AA1'],
    [199_999, seatsPerRowMax - 1, 'A199999'],
    [1,       seatsPerRowMax, 'Seat-1'],
    [1_234,   seatsPerRowMax, 'Seat-1234'],
  ]
  for (const [position, seatsPerRow, label] of labels) {
    test(`of position ${position} in rows of ${seatsPerRow} is ${label}, and leads back`, () => {
      assert.equal(seatLabel(position, seatsPerRow), label)
      assert.equal(seatPosition(label, seatsPerRow), position)
    })
  }

  test('names one position, whatever the length of the rows', () => {
    const seatsPerRow = fc.oneof(
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom(seatsPerRowMax - 1, seatsPerRowMax, seatsPerRowMax + 1),
    )
    const position = fc.integer({ min: 1, max: 200_000 })
    fc.assert(
      fc.property(position, seatsPerRow, (position, seatsPerRow) => {
        assert.equal(seatPosition(seatLabel(position, seatsPerRow), seatsPerRow), position)
      }),
    )
  })

  test('that names a position is the only label of it, so no seat can be asked for twice', () => {
    const written = fc.stringMatching(/^(Seat-|[A-Za-z]{0,3})[0-9]{0,4}$/)
    fc.assert(
      fc.property(written, fc.constantFrom(1, 7, 100, seatsPerRowMax), (label, seatsPerRow) => {
        const position = seatPosition(label, seatsPerRow)
        if (position !== undefined) assert.equal(seatLabel(position, seatsPerRow), label)
      }),
    )
  })

  const strange = ['', 'A', '7', 'A0', 'A01', 'A-1', 'A1.5', 'a1', 'A11', ' A1', 'A1\n', 'Seat-1']
  const strangeInOneRow = ['', 'Seat-', 'Seat-0', 'Seat-01', 'seat-1', 'Seat-1e3', 'Seat--1', 'A1']
  for (const label of [...strange, 'É1', 'AAAAA1', 'A1000000']) {
    test(`${JSON.stringify(label)} names no seat in rows of ten`, () => {
      assert.equal(seatPosition(label, 10), undefined)
    })
  }
  for (const label of [...strangeInOneRow, 'Seat-1000000', 'Seat-1\n']) {
    test(`${JSON.stringify(label)} names no seat of the only row`, () => {
      assert.equal(seatPosition(label, seatsPerRowMax), undefined)
    })
  }
})

describe('a seat', () => {
  test('is free until it is taken', () => {
    const map = hall('...')
    takeSeats(map, [2])
    assert.deepEqual(
      [1, 2, 3].map((position) => isFree(map, position)),
      [true, false, true],
    )
  })

  test('outside the hall is not free', () => {
    assert.equal(isFree(hall('...'), 0), false)
    assert.equal(isFree(hall('...'), 4), false)
  })
})

describe('the best available seats', () => {
  // prettier-ignore
  const stories: [string, SeatMap, number, number[] | undefined][] = [
    ['are the foremost',                             hall('...', '...'),               2, [1, 2]],
    ['fill a whole row',                             hall('...', '...'),               3, [1, 2, 3]],
    ['fill the gap that is just wide enough',        hall('x..x.', '.....'),           2, [2, 3]],
    ['leave a gap that is one too narrow',           hall('x..x.', '.....'),           3, [6, 7, 8]],
    ['are never split over the end of a row',        hall('x..', '...'),               3, [4, 5, 6]],
    ['are the last of the hall when only they fit',  hall('.x.', 'x..'),               2, [5, 6]],
    ['stand together at the back before they stand apart at the front',
                                                     hall('.x.x', 'x.x.', 'xx..'),     2, [11, 12]],
    ['are scattered when no row has enough together', hall('.x.', 'x.x'),              2, [1, 3]],
    ['are scattered over rows for a group longer than any row', hall('...', '...'),    4, [1, 2, 3, 4]],
    ['are all that is left',                         hall('.xx', 'xx.', '.xx'),        3, [1, 6, 7]],
    ['do not exist when one too few is free',        hall('.xx', 'xx.', '.xx'),        4, undefined],
    ['do not exist in a full hall',                  hall('xxx'),                      1, undefined],
    ['do not exist in a hall without seats',         seatMap(5, new Uint8Array(0)),    1, undefined],
  ]
  for (const [story, map, quantity, seats] of stories) {
    test(story, () => assert.deepEqual(bestAvailable(map, quantity), seats))
  }

  test('may stand in a last row that is shorter than the others', () => {
    const map = seatMap(3, Uint8Array.of(1, 1, 1, 0, 0))
    assert.deepEqual(bestAvailable(map, 2), [4, 5])
    assert.equal(bestAvailable(map, 3), undefined)
  })

  test('are only looked for, not taken', () => {
    const map = hall('...')
    bestAvailable(map, 2)
    assert.deepEqual(bestAvailable(map, 2), [1, 2])
  })

  test('are those that a slow and obvious search finds', () => {
    const anyHall = fc.record({
      seatsPerRow: fc.integer({ min: 1, max: 8 }),
      taken: fc.array(fc.boolean(), { maxLength: 40 }),
    })
    fc.assert(
      fc.property(anyHall, fc.integer({ min: 1, max: 9 }), ({ seatsPerRow, taken }, quantity) => {
        const map = seatMap(seatsPerRow, Uint8Array.from(taken, Number))
        const seats = bestAvailable(map, quantity)
        assert.deepEqual(seats, slowlyBestAvailable(map, quantity))
        assert(seats?.every((position) => isFree(map, position)) ?? true)
      }),
      { numRuns: 2_000 },
    )
  })

  // A map remembers where to search on. A fresh map over the same seats remembers nothing.
  test('are found by a map that has sold as by one that has not', () => {
    const sale = fc.oneof(
      fc.record({ best: fc.integer({ min: 1, max: 7 }) }),
      fc.record({ chosen: fc.integer({ min: 1, max: 48 }) }),
    )
    const seatsPerRow = fc.integer({ min: 1, max: 12 })
    fc.assert(
      fc.property(seatsPerRow, fc.array(sale, { maxLength: 40 }), (seatsPerRow, sales) => {
        const map = seatMap(seatsPerRow, new Uint8Array(48))
        for (const one of sales) {
          if ('chosen' in one) {
            takeSeats(map, [one.chosen])
            continue
          }
          const seats = bestAvailable(map, one.best)
          assert.deepEqual(seats, bestAvailable(seatMap(seatsPerRow, map.taken), one.best))
          takeSeats(map, seats ?? [])
        }
      }),
      { numRuns: 500 },
    )
  })
})

/** The foremost run in one row, else the foremost free seats: every seat looked at every time. */
function slowlyBestAvailable(map: SeatMap, quantity: number): number[] | undefined {
  const rowOf = (position: number) => Math.ceil(position / map.seatsPerRow)
  const positions = Array.from(map.taken, (_, index) => index + 1)
  for (const first of positions) {
    const run = Array.from({ length: quantity }, (_, index) => first + index)
    const fits = run.every((position) => isFree(map, position) && rowOf(position) === rowOf(first))
    if (fits) return run
  }
  const free = positions.filter((position) => isFree(map, position))
  return free.length < quantity ? undefined : free.slice(0, quantity)
}
