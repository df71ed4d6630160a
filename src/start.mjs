// Plain JavaScript that an old Node reads too, so that it can say what is wrong with itself.
import module from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import v8 from 'node:v8'

if (Number(process.versions.node.split('.')[0]) < 26) {
  process.stderr.write(
    'Karcis needs Node 26, which `npm ci` brings along: run `npm ci`, then `npm start`' +
      ` (this is Node ${process.versions.node}).\n`,
  )
  process.exit(1)
}
// Requests that wait for a commit outlive the young generation, so the heap would grow to several
// times what is alive before it is cleaned (docs/benchmarks.md).
v8.setFlagsFromString('--heap-growing-percent=40')
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
module.enableCompileCache?.(path.join(root, 'node_modules', '.cache', 'karcis'))
await import('./main.ts')
