import path from 'node:path'
import { readEnv } from '../config.ts'
import { openDatabase, type Database } from '../platform/database.ts'

/**
 * The database the program uses: that of `DATABASE_URL`, or the embedded one. A command beside the
 * program needs to know no other setting, so it asks for no other.
 */
export function openLiveDatabase(): Promise<Database> {
  const env = readEnv()
  return openDatabase({
    database: {
      url: env['DATABASE_URL'] || undefined,
      dataDir: path.resolve(env['DATA_DIR'] || '.karcis'),
    },
  })
}
