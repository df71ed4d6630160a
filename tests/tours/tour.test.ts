import assert from 'node:assert'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startProgram } from '../support/program.ts'
import { root } from '../tidy/generated-pages.ts'

/** A block of commands, and the output that stands below it. */
type Step = { commands: string; output: string }

function stepsOf(page: string): Step[] {
  const blocks = /^```sh\n(.*?)^```\n(?:\n^```text\n(.*?)^```\n)?/gms
  return [...page.matchAll(blocks)].map(([, commands = '', output = '']) => ({ commands, output }))
}

/** The text without what is different every time. */
const lasting = (text: string) =>
  text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '(id)')
    .replaceAll(/\b[0-9a-f]{24}\b/g, '(invoice)')
    .replaceAll(/\b\d{16}\b/g, '(account number)')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '(instant)')
    .replaceAll(/127\.0\.0\.1:\d+/g, '(host)')
    .replaceAll(/\d+\.\d s\b/g, '(seconds)')

const lacking = ['bash', 'curl'].find((tool) => spawnSync(tool, ['--version']).error)
const skip = lacking !== undefined && `${lacking} is not installed`

const contractPages = ['festival', 'tedx', 'concert', 'services']

/** The pages whose commands are run, one after another, on the same Karcis. */
const pages = [
  'README.md',
  'docs/api.md',
  ...contractPages.map((name) => `docs/contracts/${name}.md`),
]

test('the tours go as they say', { timeout: 120_000, skip }, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'karcis-tour-'))
  const dataDir = path.join(folder, '.karcis')
  const program = startProgram(dataDir, { env: { CONCERT_UNSIGNED_CALLBACKS: 'true' } })
  try {
    const url = await program.ready
    const texts = pages.map((page) => readFile(path.join(root, page), 'utf8'))
    const steps = (await Promise.all(texts)).flatMap(stepsOf)
    assert.ok(steps.length > 5, 'few steps were found')
    steps.push({
      commands: 'npm run -s verify | grep -o "^All promises kept"',
      output: 'All promises kept\n',
    })
    const script = steps
      .map(({ commands }) => `${commands}\nprintf '%%%%'`)
      .join('\n')
      .replaceAll('http://127.0.0.1:3000', url)
      .replaceAll('npm run', `npm --prefix '${root}' run`)
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: folder,
      env: { ...process.env, DATA_DIR: dataDir },
    })
    const said = stdout.split('%%')
    for (const [i, { commands, output }] of steps.entries()) {
      assert.equal(lasting(said[i] ?? ''), lasting(output), commands)
    }
    assert.match(await readFile(path.join(folder, 'e-ticket.pdf'), 'latin1'), /^%PDF-/)
  } finally {
    program.interrupt()
    await program.ended
    await rm(folder, { recursive: true, force: true })
  }
})

test('commands are told from their output, and what is new every time from what lasts', () => {
  const page = 'Do:\n\n```sh\na\n```\n\n```text\nA\n```\n\n```\nnot run\n```\n\n```sh\nb\n```\n'
  assert.deepEqual(stepsOf(page), [
    { commands: 'a\n', output: 'A\n' },
    { commands: 'b\n', output: '' },
  ])
  assert.equal(lasting('paid at 2026-11-20T12:00:00.000Z'), 'paid at (instant)')
})
