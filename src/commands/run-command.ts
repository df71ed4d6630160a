import { isStartError } from '../platform/start-error.ts'

/**
 * Runs a command. What its user can mend is said in one sentence and ends it with 2, so that 1
 * can mean what the command itself found.
 */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    if (!isStartError(error) && !isUsageError(error)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 2
  }
}

function isUsageError(error: unknown): error is Error {
  return (
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  )
}
