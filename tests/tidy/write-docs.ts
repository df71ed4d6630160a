import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { generatedPages, root } from './generated-pages.ts'

for (const [file, text] of Object.entries(await generatedPages())) {
  await writeFile(path.join(root, file), text)
}
