import assert from 'node:assert'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { processesOf, startProgram, type Program } from '../support/program.ts'
import { furnish, leaveNothing, until } from '../support/shop.ts'

const split = process.env['TOPOLOGY'] === 'services'
/** The processes beside the first, which starts them again. */
const children = split ? ['booking', 'identity'] : ['worker', 'api-1']

/** Has every process of the program throw what nobody catches when it is told to by a signal. */
const defect = `process.on('SIGUSR2', () => setTimeout(() => { throw new Error('a defect') }))`
const env = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(defect)}`,
  BUS: 'postgres',
  ...(!split && { API_PROCESSES: '2' }),
}

let folder: string
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'karcis-defects-'))
  await furnish(path.join(folder, 'data'))
})
after(() => leaveNothing(folder))

/** The process that was started as this one; undefined while there is none. */
async function pidOf(name: string): Promise<number | undefined> {
  for (const pid of await processesOf(folder)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (/start\.mjs\0/.test(command) && command.endsWith(`\0${name}\0`)) return pid
  }
  return undefined
}

const fatalOf = ({ log }: Program) =>
  log.filter(({ level }) => level === 60).map((line) => [line['process'], line['pid'], line['msg']])

const linux = process.platform !== 'linux' && 'processes are found by /proc'

test('a defect in any process is logged and ends it', { skip: linux }, async () => {
  const args = split ? ['services'] : []
  const program = startProgram(path.join(folder, 'data'), { args, env })
  const url = await program.ready
  const expected: unknown[] = []
  for (const name of children) {
    const pid = await until(
      () => pidOf(name),
      (found) => found !== undefined,
    )
    // Its program has to be read before it hears the signal as we mean it.
    await until(() => readiness(name, url), Boolean)
    process.kill(pid!, 'SIGUSR2')
    expected.push([name, pid, 'uncaught exception'])
    await until(
      () => pidOf(name),
      (found) => found !== undefined && found !== pid,
    )
    const ended = program.log.find(({ msg }) => String(msg).startsWith(`the ${name} process ended`))
    assert.equal(ended?.['code'], 1)
  }
  process.kill(program.pid, 'SIGUSR2')
  assert.equal((await program.ended).code, 1)
  expected.push(['main', program.pid, 'uncaught exception'])
  assert.deepEqual(fatalOf(program), expected)
})

/** Whether the process answers the one that started it. */
async function readiness(name: string, url: string): Promise<boolean> {
  const metrics = await fetch(`${url}/metrics`).then((answer) => answer.text())
  return metrics.includes(`karcis_process_up{child="${name}",process="main"} 1`)
}
