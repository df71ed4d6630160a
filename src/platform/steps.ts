import { rmdirSync } from 'node:fs'
import path from 'node:path'

/** The moments between two effects, at which a process can be made to die by `FAULT_STEPS_DIR`. */
export const steps = {
  'desk.committed': 'Orders are committed, and nobody was answered.',
  'relay.published': 'Messages are on the bus, and still in the outbox.',
  'message.handled': 'A message had its effect, and was not acknowledged.',
  'gateway.create-stored': 'A payment is stored, and the gateway was not asked for it.',
  'gateway.create-answered': 'The gateway made a payment, and nothing was stored.',
  'gateway.close-answered': 'The gateway closed a payment, and nothing was stored.',
  'gateway.refund-stored': 'A refund is stored, and the gateway was not asked for it.',
  'gateway.refund-answered': 'The gateway gives money back, and nothing was stored.',
  'webhook.kept': 'A webhook is in the inbox, and was not answered.',
  'webhook.applied': 'A webhook had its effect, and is not concluded.',
  'mail.handed-over': 'A mail is with the mail server, and not marked as sent.',
} as const

export type Step = keyof typeof steps

let folder: string | undefined

/**
 * For fault tests alone: from now on, the first process that reaches a step of which the folder
 * holds a folder of that name removes that, and is killed.
 */
export function armSteps(stepsFolder: string | undefined): void {
  folder = stepsFolder
}

/** Says that the process is between two effects. */
export function reached(step: Step): void {
  if (folder === undefined) return
  try {
    rmdirSync(path.join(folder, step))
  } catch {
    return
  }
  process.kill(process.pid, 'SIGKILL')
}
