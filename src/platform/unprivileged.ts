import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { lchown, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { startError } from './start-error.ts'

/** How to run a program as the owner of a folder: what goes before it, and under which ids. */
export type RunAs = { prefix: string[]; ids: { uid?: number; gid?: number } }

/**
 * PostgreSQL refuses to run as root, so root runs it as another user: the owner that the folder
 * already has, else `postgres`, else `nobody`. That user may not be let through the folders above
 * (`/root`, `mktemp -d`); it then keeps the one right of root to pass through them.
 */
export async function unprivileged(folder: string, program: string): Promise<RunAs> {
  if (process.getuid?.() !== 0) return { prefix: [], ids: {} }
  const ids = await ownerFor(folder)
  const choices: RunAs[] = [
    { prefix: [], ids },
    { prefix: keepingOneRight(ids), ids: {} },
  ]
  const working = choices.find((choice) => reaches(choice, folder, program))
  if (working) return working
  throw startError(
    `PostgreSQL does not run as root, and user ${ids.uid} cannot reach ${folder} or ${program}; ` +
      'start Karcis as an ordinary user, install setpriv (util-linux), or set DATABASE_URL.',
  )
}

/** Spawns it in a session of its own, so that Ctrl-C on the terminal does not reach it. */
export function spawnAs(as: RunAs, program: string, args: string[]): ChildProcess {
  const [command = program, ...rest] = [...as.prefix, program, ...args]
  const options: SpawnOptions = {
    ...as.ids,
    cwd: '/',
    env: { LC_ALL: 'C' },
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  }
  return spawn(command, rest, options)
}

async function ownerFor(folder: string): Promise<{ uid: number; gid: number }> {
  const { uid, gid } = await stat(folder)
  if (uid !== 0) return { uid, gid }
  const users = await readFile('/etc/passwd', 'utf8')
  const row =
    /^postgres:[^:]*:(\d+):(\d+):/m.exec(users) ?? /^nobody:[^:]*:(\d+):(\d+):/m.exec(users)
  if (!row) {
    throw startError('PostgreSQL does not run as root, and there is no user postgres or nobody.')
  }
  const owner = { uid: Number(row[1]), gid: Number(row[2]) }
  await chownAll(folder, owner)
  return owner
}

async function chownAll(at: string, owner: { uid: number; gid: number }): Promise<void> {
  await lchown(at, owner.uid, owner.gid)
  for (const entry of await readdir(at, { withFileTypes: true })) {
    const inside = path.join(at, entry.name)
    if (entry.isDirectory()) await chownAll(inside, owner)
    else await lchown(inside, owner.uid, owner.gid)
  }
}

/** `no_setuid_fixup` makes access(2), with which PostgreSQL looks for itself, respect that right. */
function keepingOneRight({ uid, gid }: { uid: number; gid: number }): string[] {
  return [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    '--securebits=+no_setuid_fixup',
  ]
}

function reaches(as: RunAs, folder: string, program: string): boolean {
  const [command = '', ...rest] = [
    ...as.prefix,
    '/bin/sh',
    '-c',
    '[ -x "$0" ] && [ -w "$1" ]',
    program,
    folder,
  ]
  return spawnSync(command, rest, { ...as.ids, cwd: '/', stdio: 'ignore' }).status === 0
}
