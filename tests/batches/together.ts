import { globSync } from 'node:fs'
import path from 'node:path'
import { describe } from 'node:test'

/**
 * Runs the test files of a pattern in this process, one after another. Starting a process for each
 * of them costs more than most of them do.
 */
export function together(pattern: string, includes: (file: string) => boolean = () => true): void {
  for (const file of globSync(pattern).filter(includes).sort()) {
    // Hooks and tests of an imported file become those of the suite that imports it.
    describe(file, async () => void (await import(path.resolve(file))))
  }
}
