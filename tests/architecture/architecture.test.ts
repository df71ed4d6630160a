import assert from 'node:assert'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'

const root = path.resolve(import.meta.dirname, '../..')
const rules = path.join(root, '.dependency-cruiser.mjs')

type Cruise = { violations: { rule: { name: string }; from: string; to: string }[] }

/** Cruises below a folder; the violations are the answer, so its exit code is not. */
function cruise(folder: string, ...parts: string[]): Promise<Cruise> {
  const program = path.join(root, 'node_modules/.bin/depcruise')
  const args = [...parts, '--config', rules, '--output-type', 'json']
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd: folder, maxBuffer: 1e8 }, (error, output) => {
      if (output === '') reject(error)
      else resolve((JSON.parse(output) as { summary: Cruise }).summary)
    })
  })
}

// Whether the code itself keeps them is what `npm run boundaries` says.
test('every rule catches the violation that is planted for it', async () => {
  const { default: configuration } = (await import(rules)) as {
    default: { forbidden: { name: string }[] }
  }
  const { violations } = await cruise(path.join(import.meta.dirname, 'violations'), 'src')
  // A file is named after its rule; the one about contracts is about files of a fixed name.
  const caught = violations.filter(({ rule, from }) =>
    [rule.name, 'contract'].includes(path.basename(from, '.ts')),
  )
  assert.deepEqual(
    [...new Set(caught.map(({ rule }) => rule.name))].sort(),
    configuration.forbidden.map(({ name }) => name).sort(),
  )
})
