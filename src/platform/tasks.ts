import type { FastifyBaseLogger } from 'fastify'
import { setTimeout as sleep } from 'node:timers/promises'
import { counter } from './metrics.ts'
import type { Task } from './module.ts'

const runs = counter(
  'karcis_task_runs_total',
  'Runs of the tasks of the worker: done or failed.',
  'task',
  'outcome',
)

/** Runs a task again and again until the signal is aborted; a run that fails is logged. */
export async function runTask(
  { name, everyMillis, run }: Task,
  log: FastifyBaseLogger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const outcome = await run(signal).then(
      () => 'done',
      (error: Error) => {
        log.error({ err: error, task: name }, 'task failed')
        return 'failed'
      },
    )
    runs.inc({ task: name, outcome })
    await sleep(everyMillis, undefined, { signal }).catch(() => {})
  }
}
