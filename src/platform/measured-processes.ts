import type { Child } from './children.ts'
import { gauge, snapshotOf, type Snapshot } from './metrics.ts'

const answering = new Map<string, number>()
gauge(
  'karcis_process_up',
  'Whether a process of the program answers: 1 or 0.',
  'child',
)(() => [...answering].map(([child, value]) => ({ labels: { child }, value })))

/** The metrics of this process, which started the others, and of those that answer. */
export async function measureAll(children: readonly Child[]): Promise<Snapshot[]> {
  const answers = await Promise.all(
    children.map(async (child) => {
      const snapshot = await child.ask<Snapshot>()
      answering.set(child.name, snapshot ? 1 : 0)
      return snapshot ?? []
    }),
  )
  return [await snapshotOf('main'), ...answers]
}
