import type { BusOfTest } from './test-bus.ts'
import { openTestBus } from './test-bus.ts'

/** Handles one message, tells its parent, and never acknowledges: it waits to be killed. */
process.once('message', async (message) => {
  const { of, routes } = message as { of: BusOfTest; routes: [string, string[]][] }
  const bus = await openTestBus(of, { subscribers: new Map(routes), workQueues: [] })
  const handle = async ({ id }: { id: string }) => {
    process.send?.(id)
    await new Promise(() => {})
  }
  await bus.deliver([{ module: 'mail', type: 'order.paid', handle }], new AbortController().signal)
})
process.once('disconnect', () => process.exit())
