import type { Result } from '../../kernel/result.ts'
import type { Store } from '../../kernel/store.ts'
import type { CatalogApi } from '../catalog/contract.ts'
import type { IdentityApi } from '../identity/contract.ts'
import type { IntegrationMessage } from './contract.ts'
import type { Attempt, DeliveryStatus, Outcome } from './domain/delivery.ts'
import type { Endpoint } from './domain/endpoint.ts'

export type NewDelivery = {
  id: string
  endpointId: string
  type: string
  body: string
  createdAt: Date
}

/** A delivery that this process, and no other, is to send now. */
export type ClaimedDelivery = {
  id: string
  endpointId: string
  body: string
  attempts: number
  history: Attempt[]
} & Pick<Endpoint, 'url' | 'secretVersion' | 'formerSecretUntil'>

export type Endpoints = Store<Endpoint, IntegrationMessage> & {
  /** Adds it, once per id; resolves to what is kept under the id. */
  add(endpoint: Endpoint): Promise<Result<Endpoint, { kind: 'too-many-endpoints' }>>
  /** Removes it with its deliveries. */
  remove(endpointId: string): Promise<void>
  /** The enabled endpoints to which this could be told: the organiser's and those for all events. */
  interestedIn(what: { type: string; eventId: string; organiserId: string }): Promise<Endpoint[]>
}

export type Deliveries = {
  /** Puts them in the queue; one whose id is known stays as it is. */
  add(deliveries: readonly NewDelivery[]): Promise<void>
  /** The same for a ping, unless the endpoint was sent enough of them in the last minute. */
  addPing(ping: NewDelivery): Promise<boolean>
  /**
   * Takes up to so many that are due, until an instant. Each enabled endpoint has a few under way
   * at most, and gets its turn whatever waits for others.
   */
  claim(now: Date, until: Date, countMax: number): Promise<ClaimedDelivery[]>
  conclude(
    deliveryId: string,
    attempt: { status: DeliveryStatus; dueAt: Date; history: Attempt[]; response: string | null },
  ): Promise<void>
  /** Gives a claim back, as if nothing had been tried. */
  release(deliveryId: string): Promise<void>
  /** Puts what is over in the queue again; resolves to how many of the endpoint's these are. */
  requeue(endpointId: string, which: Requeued, now: Date): Promise<number>
  exists(endpointId: string, deliveryId: string): Promise<boolean>
  /** Forgets those that were made before an instant. */
  forget(createdBefore: Date): Promise<void>
}

type Requeued = { deliveryId: string } | { since: Date; status: DeliveryStatus | undefined }

/** Why an address is not taken. */
export type UrlRefusal =
  'not-a-url' | 'https-needed' | 'credentials' | 'port-not-allowed' | 'private-address'

/** Everything integration needs from the world. */
export type IntegrationPorts = {
  endpoints: Endpoints
  deliveries: Deliveries
  signatures: {
    secretOf(endpointId: string, version: number): string
    /** The headers by which a receiver knows that a body is ours. */
    headersFor(delivery: ClaimedDelivery, now: Date): Record<string, string>
  }
  urlRefusal(url: string): UrlRefusal | undefined
  /** Posts a body; undefined when `signal` ended it. Never throws. */
  send(
    request: { url: string; headers: Record<string, string>; body: string },
    signal: AbortSignal,
  ): Promise<Outcome | undefined>
  catalog: Pick<CatalogApi, 'findEvent'>
  identity: Pick<IdentityApi, 'findUser'>
  newId: () => string
  derivedId: (...parts: string[]) => string
  clock: () => Date
  /** From 0 to 1. */
  chance: () => number
}
