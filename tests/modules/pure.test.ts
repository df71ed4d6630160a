import { globSync } from 'node:fs'
import path from 'node:path'

// Tests beside the code that need no database. They share a process: starting one for each of them
// costs more than most of them do.
for (const file of globSync('src/**/*.test.ts').sort()) {
  if (!file.endsWith('.db.test.ts')) await import(path.resolve(file))
}
