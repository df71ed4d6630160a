import { startError } from './platform/start-error.ts'

/** Refuses what compose.yaml sets when nobody says otherwise, and what everyone knows therefore. */
export function refuseDevelopmentSecrets(values: { BUS: string; [name: string]: unknown }): void {
  const known = Object.entries(values).find(
    ([name, value]) =>
      String(value).includes('only-for-development') &&
      (name !== 'RABBITMQ_SERVER' || values.BUS === 'rabbitmq'),
  )
  if (!known) return
  throw startError(
    `${known[0]} has a secret that is only for development; with NODE_ENV=production set one of your own.`,
  )
}
