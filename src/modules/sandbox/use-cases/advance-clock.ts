import type { SandboxPorts } from '../ports.ts'
import { deliverWebhooks } from './deliver-webhooks.ts'
import { passTime } from './pass-time.ts'

/** Puts the clock ahead, and does at once all that would have happened until then. */
export async function advanceClock(
  ports: SandboxPorts,
  advance: (seconds: number) => Promise<void>,
  seconds: number,
): Promise<void> {
  await advance(seconds)
  const signal = new AbortController().signal
  await passTime(ports, signal)
  await deliverWebhooks(ports, signal)
}
