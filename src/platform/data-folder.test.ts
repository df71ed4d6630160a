import assert from 'node:assert'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { explained, keepKeys, lockDataFolder, takeDataFolder } from './data-folder.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'karcis-folder-'))
})
after(() => rm(folder, { recursive: true }))

test('one at a time has a data folder', async () => {
  const first = await takeDataFolder(folder)
  assert.equal(await lockDataFolder(folder), undefined)
  await assert.rejects(takeDataFolder(folder), new RegExp(`in use .*\\(process ${process.pid}\\)`))
  first[Symbol.dispose]()
  const second = await takeDataFolder(folder)
  second[Symbol.dispose]()
})

test('a key that is given is taken, the others are made once and kept for their owner', async () => {
  const names = ['A', 'B'] as const
  const first = await keepKeys(folder, { A: 'given' }, names)
  assert.equal(first.A, 'given')
  assert.equal(Buffer.from(first.B, 'base64url').length, 32)
  assert.deepEqual(await keepKeys(folder, { A: 'given' }, names), first)
  const file = path.join(folder, 'keys', 'B')
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.equal(await readFile(file, 'utf8'), first.B)
})

test('what the owner of a folder can do something about is put in words', () => {
  const sentenceFor = (code: string) =>
    (explained('/data', Object.assign(new Error(code), { code })) as Error).message
  assert.match(sentenceFor('ENOSPC'), /^The disk is full/)
  assert.match(sentenceFor('EROFS'), /cannot be written \(EROFS\)/)
  assert.match(sentenceFor('ENOTDIR'), /is not a folder/)
  assert.equal(sentenceFor('EMFILE'), 'EMFILE')
})
