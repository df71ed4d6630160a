import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startError } from '../../platform/start-error.ts'
import { ask, end, launch, runningIn } from './processes.ts'
import type { Command, Place, Service } from './service.ts'

const readyMillisMax = 90_000

/** Starts what the service consists of, and resolves once it answers. */
export async function startService(
  service: Service,
  place: Place,
  commands: Command[],
): Promise<void> {
  const { processes } = await launch(place.folder, commands, place.port)
  const deadline = Date.now() + readyMillisMax
  while ((await ask(service, place.port)) !== 'ready') {
    const running = await runningIn(place.folder)
    if (running?.processes.length === processes.length && Date.now() < deadline) {
      await sleep(100)
      continue
    }
    if (running) await end(place.folder, running, true)
    const log = path.join(place.folder, 'output.log')
    throw startError(`${service.name} did not come up; its last words are in ${log}.`)
  }
}
