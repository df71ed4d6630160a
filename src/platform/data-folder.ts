import { randomBytes } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { startError } from './start-error.ts'

/**
 * Takes a data folder for this process alone, making it if it is new; undefined when a living
 * process has it. The lock is SQLite's, which is the operating system's: it ends with its process,
 * however that ends, and does not care about process ids.
 */
export async function lockDataFolder(folder: string): Promise<Disposable | undefined> {
  await makeWritable(folder)
  const lock = new DatabaseSync(path.join(folder, 'lock'), { timeout: 0 })
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive')
  } catch (error) {
    lock.close()
    if ((error as { errcode?: number }).errcode === sqliteBusy) return undefined
    throw explained(folder, error)
  }
  await writeFile(ownerFile(folder), String(process.pid)).catch((error: unknown) => {
    lock.close()
    throw explained(folder, error)
  })
  return { [Symbol.dispose]: () => lock.close() }
}

const sqliteBusy = 5
const patienceMillis = 5_000
const ownerFile = (folder: string) => path.join(folder, 'pid')

export async function inUse(folder: string): Promise<Error> {
  const pid = await readFile(ownerFile(folder), 'utf8').catch(() => 'unknown')
  return startError(
    `The data folder ${folder} is in use by another Karcis (process ${pid}); stop that one, or set DATA_DIR to another folder.`,
  )
}

async function makeWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw explained(folder, error)
  }
}

/** The errors that the owner of the folder can do something about, in words. */
export function explained(folder: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    /No space left|Check free disk space/.test(message)
  ) {
    return startError(`The disk is full: nothing more can be written to ${folder}.`)
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return startError(
      `The data folder ${folder} cannot be written (${code}); make it writable, or set DATA_DIR to another folder.`,
    )
  }
  if (code === 'EEXIST' || code === 'ENOTDIR') {
    return startError(`The data folder ${folder} is not a folder; set DATA_DIR to another one.`)
  }
  return error
}

/**
 * As `lockDataFolder`, for a caller that cannot do without: it lets a Karcis that is just stopping
 * finish.
 */
export async function takeDataFolder(folder: string): Promise<Disposable> {
  for (const until = Date.now() + patienceMillis; ; await sleep(100)) {
    const lock = await lockDataFolder(folder)
    if (lock) return lock
    if (Date.now() > until) throw await inUse(folder)
  }
}

/** The keys that were given, and for the others those that this folder keeps, made if missing. */
export async function keepKeys<Name extends string>(
  folder: string,
  given: Partial<Record<Name, string>>,
  names: readonly Name[],
): Promise<Record<Name, string>> {
  const keys = path.join(folder, 'keys')
  if (names.every((name) => given[name])) return given as Record<Name, string>
  try {
    await mkdir(keys, { recursive: true, mode: 0o700 })
    const kept = names.map(async (name) => [name, given[name] ?? (await keepKey(keys, name))])
    return Object.fromEntries(await Promise.all(kept)) as Record<Name, string>
  } catch (error) {
    throw explained(folder, error)
  }
}

async function keepKey(folder: string, name: string): Promise<string> {
  const file = path.join(folder, name)
  const found = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  if (found) return found.trim()
  const key = randomBytes(32).toString('base64url')
  await writeFile(`${file}.new`, key, { mode: 0o600, flush: true })
  await rename(`${file}.new`, file)
  return key
}
