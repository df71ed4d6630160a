import type { FastifyBaseLogger } from 'fastify'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Task } from './module.ts'

/** Runs a task again and again until the signal is aborted; a run that fails is logged. */
export async function runTask(
  { name, everyMillis, run }: Task,
  log: FastifyBaseLogger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await run(signal).catch((error: Error) => log.error({ err: error, task: name }, 'task failed'))
    await sleep(everyMillis, undefined, { signal }).catch(() => {})
  }
}
