import assert from 'node:assert'
import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { settingsText } from '../../src/config.ts'

const root = path.resolve(import.meta.dirname, '../..')

test('.env.example says what --help says', async () => {
  assert.equal(
    await readFile(path.join(root, '.env.example'), 'utf8'),
    settingsText,
    'make it anew: npm start --silent -- --help > .env.example',
  )
})

const readsEnvironment = (code: string) =>
  /process\s*\.\s*env|[{,]\s*env\s*[},].*process/.test(code)

test('the environment is read in config.ts alone', async () => {
  const reading: string[] = []
  for await (const file of glob('src/**/*.{ts,mjs}', { cwd: root })) {
    if (readsEnvironment(await readFile(path.join(root, file), 'utf8'))) reading.push(file)
  }
  assert.deepEqual(reading, ['src/config.ts'])
})

test('reading the environment elsewhere would be seen', () => {
  assert.ok(readsEnvironment("const port = process.env['PORT']"))
  assert.ok(readsEnvironment("import { env } from 'node:process'"))
})
