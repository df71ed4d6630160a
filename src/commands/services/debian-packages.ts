import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { startError } from '../../platform/start-error.ts'
import { runTool } from './run-tool.ts'

/**
 * Unpacks a Debian package and what it depends on into `folder`. Nothing is installed: no system
 * service appears, no package script runs, and no rights are needed.
 */
export async function unpackDebianPackage(name: string, folder: string): Promise<void> {
  const marker = path.join(folder, `${name}.unpacked`)
  if (existsSync(marker)) return
  const downloads = path.join(folder, 'downloads')
  await mkdir(path.join(downloads, 'partial'), { recursive: true })
  const download = () =>
    runTool('apt-get', [
      ...['-o', 'Debug::NoLocking=1', '-o', `Dir::Cache::archives=${downloads}`],
      ...['install', '--download-only', '--yes', '--no-install-recommends', name],
    ])
  let failure = await download()
  // A machine whose package lists were removed can get them again if it is ours.
  if (failure !== undefined && process.getuid?.() === 0) {
    await runTool('apt-get', ['update'])
    failure = await download()
  }
  if (failure !== undefined) {
    throw startError(
      `${name} cannot be fetched: it comes from Debian's or Ubuntu's packages by apt-get, which says: ${failure}`,
    )
  }
  for (const file of await readdir(downloads)) {
    if (!file.endsWith('.deb')) continue
    const unpacked = await runTool('dpkg-deb', ['-x', path.join(downloads, file), folder])
    if (unpacked !== undefined) throw startError(`${file} cannot be unpacked: ${unpacked}`)
  }
  await moveErlang(folder)
  await writeFile(marker, '')
}

/** The folder that has the unpacked package, or the root when the machine has it installed. */
export const rootOf = (file: string, folder: string): string =>
  existsSync(path.join(folder, file)) ? folder : '/'

/** Erlang's start script knows by heart where it was installed. */
async function moveErlang(folder: string): Promise<void> {
  const home = path.join(folder, 'usr/lib/erlang')
  if (!existsSync(home)) return
  const script = path.join(home, 'bin/erl')
  const text = await readFile(script, 'utf8')
  await writeFile(script, text.replaceAll(/^( *ROOTDIR=).*$/gm, `$1"${home}"`))
  await chmod(script, 0o755)
}
