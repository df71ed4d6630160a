import { hasRole, type Principal } from '../../../kernel/principal.ts'
import { err, ok, type Result } from '../../../kernel/result.ts'
import type { Decision } from '../../../kernel/store.ts'
import type { IntegrationMessage } from '../contract.ts'
import { isSuccess, type Outcome } from './delivery.ts'
import type { WebhookType } from './payload.ts'

/** Where the program of an organiser or administrator is told what happens. */
export type Endpoint = {
  id: string
  ownerId: string
  url: string
  description: string
  types: readonly WebhookType[]
  /** Null: every event its owner may hear of. */
  eventId: string | null
  /** Hears of everybody's events; counts only while its owner is an administrator. */
  allEvents: boolean
  disabled: 'by-owner' | 'gone' | 'failing' | null
  /** When its attempts began to fail; null while the last one went well. */
  failingSince: Date | null
  secretVersion: number
  /** Until then the secret before the present one signs too. */
  formerSecretUntil: Date | null
  requestHash: string | null
  createdAt: Date
}

export const endpointsPerOwnerMax = 10
const day = 24 * 60 * 60 * 1000
const failingMillisMax = 5 * day
/** How long a receiver has to be told a new secret. */
const overlapMillis = day

export type EndpointNotFound = { kind: 'endpoint-not-found' }
type Decided = Decision<Endpoint, IntegrationMessage>

/** The endpoint, for its owner and administrators; to others it does not exist. */
export function managed(
  endpoint: Endpoint | undefined,
  principal: Principal,
): Result<Endpoint, EndpointNotFound> {
  const may = endpoint?.ownerId === principal.userId || hasRole(principal, 'admin')
  return endpoint && may ? ok(endpoint) : err({ kind: 'endpoint-not-found' })
}

export type EndpointChange = Partial<Pick<Endpoint, 'url' | 'description' | 'types'>> & {
  enabled?: boolean
}

/** What its owner changes. Being enabled again forgets how it failed. */
export function change(endpoint: Endpoint, { enabled, ...values }: EndpointChange): Endpoint {
  const changed = { ...endpoint, ...values }
  if (enabled === undefined) return changed
  if (enabled) return { ...changed, disabled: null, failingSince: null }
  return { ...changed, disabled: endpoint.disabled ?? 'by-owner' }
}

/** A new secret; the one it replaces goes on signing for a day. */
export const rotate = (endpoint: Endpoint, now: Date): Endpoint => ({
  ...endpoint,
  secretVersion: endpoint.secretVersion + 1,
  formerSecretUntil: new Date(now.getTime() + overlapMillis),
})

/** The versions of the secret that sign now, the present one first. */
export function signingVersions(
  { secretVersion, formerSecretUntil }: Pick<Endpoint, 'secretVersion' | 'formerSecretUntil'>,
  now: Date,
): number[] {
  const overlaps = formerSecretUntil !== null && now < formerSecretUntil
  return overlaps ? [secretVersion, secretVersion - 1] : [secretVersion]
}

/**
 * What an attempt says about its endpoint.
 *
 *   answer     from                     to                   message
 *   2xx        failing                  well
 *   410        enabled                  disabled: gone       endpoint.disabled
 *   other      well                     failing since now
 *   other      failing for five days    disabled: failing    endpoint.disabled
 */
export function noteOutcome(endpoint: Endpoint, outcome: Outcome, now: Date): Decided {
  const { disabled, failingSince } = endpoint
  const unchanged = { state: endpoint, messages: [] }
  if (disabled) return unchanged
  if (isSuccess(outcome)) {
    return failingSince ? { state: { ...endpoint, failingSince: null }, messages: [] } : unchanged
  }
  if (outcome.status === 410) return disable(endpoint, 'gone')
  if (!failingSince) return { state: { ...endpoint, failingSince: now }, messages: [] }
  const failingMillis = now.getTime() - failingSince.getTime()
  return failingMillis < failingMillisMax ? unchanged : disable(endpoint, 'failing')
}

function disable(endpoint: Endpoint, reason: 'gone' | 'failing'): Decided {
  const { id, ownerId, url } = endpoint
  return {
    state: { ...endpoint, disabled: reason },
    messages: [
      { type: 'endpoint.disabled', key: id, data: { endpointId: id, ownerId, url, reason } },
    ],
  }
}
