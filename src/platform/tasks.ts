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

/** What takes longer is a rush, but not for ever: whoever waits for its end must have their turn. */
const rushMillisMin = 300
const rushMillisMax = 5 * 60_000

export type Rush = ReturnType<typeof watchRushes>

/** Tells from how long work goes on without a pause whether there is more of it than usual. */
export function watchRushes(now: () => number = () => performance.now()) {
  const underWay = new Set<{ since: number }>()
  return {
    /** To be called when work begins, and what it returns when there is none left. */
    begin(): () => void {
      const work = { since: now() }
      underWay.add(work)
      return () => void underWay.delete(work)
    },
    isOn: (): boolean =>
      [...underWay].some(({ since }) => {
        const millis = now() - since
        return millis > rushMillisMin && millis < rushMillisMax
      }),
  }
}

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
