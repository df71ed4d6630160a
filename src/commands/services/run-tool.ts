import { execFile } from 'node:child_process'

/** Runs a tool of the machine to its end; resolves to the last thing it said if it failed. */
export function runTool(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { ...options, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) return resolve(undefined)
      if (error.code === 'ENOENT') return resolve(`${command} is not there`)
      resolve(`${stderr}\n${stdout}`.trim().split('\n').at(-1) || error.message)
    })
  })
}
