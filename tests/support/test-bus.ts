import pino from 'pino'
import type { Bus, Routes } from '../../src/platform/bus.ts'
import { openBus, type BusSettings } from '../../src/platform/open-bus.ts'
import { openPool } from '../../src/platform/postgres.ts'
import type { Rush } from '../../src/platform/tasks.ts'

/** What a process must know to open the same bus as another one. */
export type BusOfTest = BusSettings & { databaseUrl: string }

/** Those of a broker are tried often and soon, so that tests need not wait. */
const retries = {
  attemptsMax: 4,
  pauseMillis: (attempts: number) => attempts * 50,
  outagePauseMillis: () => 50,
}

export async function openTestBus(
  of: BusOfTest,
  routes: Routes,
  rush?: Pick<Rush, 'isOn'>,
): Promise<Bus> {
  const pool = openPool(of.databaseUrl, 10)
  const log = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })
  const bus = await openBus(of, { pool, routes, log, retries, ...(rush && { rush }) })
  return {
    ...bus,
    async close() {
      await bus.close()
      await pool.end()
    },
  }
}
