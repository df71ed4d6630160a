/**
 * A reason not to start (or not to run a command) that its reader can do something about: one
 * sentence, printed without a stack. Everything else that is thrown is a defect.
 */
export function startError(sentence: string): Error {
  return Object.assign(new Error(sentence), { isStartError: true })
}

export function isStartError(error: unknown): error is Error {
  return error instanceof Error && 'isStartError' in error
}
