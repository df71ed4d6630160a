import assert from 'node:assert'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { pino } from 'pino'
import { keepChild } from './children.ts'

const children = pathToFileURL(path.join(import.meta.dirname, 'children.ts'))

test('parent and child answer each other; who hangs is not waited for long', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'karcis-child-'))
  const program = path.join(folder, 'child.mjs')
  await writeFile(
    program,
    `import { listenToParent } from '${children}'
     const parent = await listenToParent()
     let asked = 0
     parent.onAsk(async () => {
       if (++asked === 2) return new Promise(() => {})
       return { child: process.argv[3], heard: await parent.ask() }
     })
     await parent.stopped
     process.exit()`,
  )
  await using child = keepChild({
    program,
    role: 'api',
    name: 'api-7',
    start: {},
    log: pino({ level: 'silent' }),
    onAsk: async () => 'the parent',
  })
  let first = await child.ask()
  for (let i = 0; first === undefined && i < 100; i++) {
    // It is still starting, and has nothing to say yet.
    await pause(50)
    first = await child.ask()
  }
  assert.deepEqual(first, { child: 'api-7', heard: 'the parent' })
  const startedAt = performance.now()
  assert.equal(await child.ask(), undefined)
  assert.ok(performance.now() - startedAt < 2_000)
  assert.deepEqual(await child.ask(), { child: 'api-7', heard: 'the parent' })
  await rm(folder, { recursive: true })
})
