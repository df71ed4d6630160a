import assert from 'node:assert'
import { test } from 'node:test'
import { csvStream, type Cell } from './csv.ts'

async function* once(rows: Cell[][]) {
  yield rows
}

async function csv(rows: Cell[][], withMark = false): Promise<string> {
  const pieces = await csvStream({ header: ['a', 'b'], chunks: once(rows), withMark }).toArray()
  return pieces.join('')
}

test('rows are lines that end as RFC 4180 says, and cells are quoted where they must be', async () => {
  const rows = [
    ['plain', 7],
    ['a "word", quoted', null],
    ['two\r\nlines', ' spaces '],
  ]
  assert.equal(
    await csv(rows),
    'a,b\r\nplain,7\r\n"a ""word"", quoted",\r\n"two\r\nlines"," spaces "\r\n',
  )
})

test('nothing that somebody typed is a formula, and a number stays one', async () => {
  const typed = ['=1+1', '+62 812', '-2', '@SUM(A1)', '\t=1', '\r=1', '＝1', '=HYPERLINK("x","y")']
  const text = await csv(typed.map((cell) => [cell, -5]))
  const lines = text.split('\r\n').slice(1, 5)
  assert.deepEqual(lines, [`'=1+1,-5`, `'+62 812,-5`, `'-2,-5`, `'@SUM(A1),-5`])
  assert.ok(text.includes(`\r\n'\t=1,-5\r\n"'\r=1",-5\r\n'＝1,-5\r\n"'=HYPERLINK(""x"",""y"")",-5`))
})

test('the mark of UTF-8 is there when asked for', async () => {
  assert.equal(await csv([], true), '\uFEFFa,b\r\n')
  assert.equal(await csv([]), 'a,b\r\n')
})

test('no more is read than the reader takes', async () => {
  let asked = 0
  async function* chunks() {
    for (; asked < 1_000; asked++) yield [['x', 1]]
  }
  const stream = csvStream({ header: ['a'], chunks: chunks(), withMark: false })
  const reader = stream[Symbol.asyncIterator]()
  for (let i = 0; i < 5; i++) await reader.next()
  await new Promise((done) => setTimeout(done, 20))
  assert.ok(asked < 10, `${asked} chunks were read for five`)
  await reader.return?.()
})
