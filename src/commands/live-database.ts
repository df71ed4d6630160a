import path from 'node:path'
import { readEnv } from '../config.ts'
import { openDatabase, type Database } from '../platform/database.ts'
import { startError } from '../platform/start-error.ts'

/**
 * The database the program uses: that of `DATABASE_URL`, or the embedded one. A command beside the
 * program needs to know no other setting, so it asks for no other.
 */
export function openLiveDatabase(): Promise<Database> {
  const env = readEnv()
  const url = env['DATABASE_URL'] || undefined
  if (url !== undefined && !/^postgres(ql)?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw startError('DATABASE_URL is not acceptable; it must begin with postgres://.')
  }
  return openDatabase({
    database: {
      url,
      dataDir: path.resolve(env['DATA_DIR'] || '.karcis'),
    },
  })
}
