import assert from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import path from 'node:path'
import { test } from 'node:test'

test('an uncaught exception is logged, what is under way is finished, and it ends with 1', async () => {
  const program = `
    import { createLogger } from '${path.join(import.meta.dirname, 'logger.ts')}'
    import { stopOnDefects, stopOnSignals } from '${path.join(import.meta.dirname, 'stop.ts')}'
    const log = createLogger({ level: 'info', folder: undefined, retentionDays: 1, process: 'main' })
    const stopping = stopOnSignals(log)
    stopOnDefects(log, stopping.request)
    const work = new Promise((done) => setTimeout(done, 200))
    setTimeout(() => { throw new Error('a defect') })
    await stopping.requested
    await work
    log.info('finished')
    process.exit()
  `
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [logged, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  assert.equal(code, 1)
  assert.match(logged, /"message":"a defect".*"msg":"uncaught exception"[^]*"msg":"finished"/)
})
