import type { AuditedAction } from '../../kernel/audited-action.ts'
import type { Principal, Role } from '../../kernel/principal.ts'

/** What was presented to prove who is asking. */
export type Credential = { kind: 'access-token'; token: string } | { kind: 'api-key'; key: string }

/** Everything an API key can be allowed to do; the `scope` of a route is one of these. */
export const apiKeyScopes = [
  'profile:read',
  'profile:write',
  'users:read',
  'users:write',
  'events:read',
  'events:write',
  'orders:read',
  'orders:write',
  'payments:read',
  'payments:write',
  'check-ins:write',
  'webhooks:read',
  'webhooks:write',
  'audit:read',
] as const

export type ApiKeyScope = (typeof apiKeyScopes)[number]

/** A user as other modules see one. */
export type UserSnapshot = { userId: string; name: string; email: string; roles: readonly Role[] }

/** What other modules may ask identity. */
export type IdentityApi = {
  /** Who the credential belongs to; undefined when it is forged, expired or revoked. */
  authenticate(credential: Credential): Promise<Principal | undefined>
  /** The id of the user with this e-mail address, whatever its case. */
  findUserId(email: string): Promise<string | undefined>
  findUser(userId: string): Promise<UserSnapshot | undefined>
  /** Adds an action to the audit log; resolves once it is safe there. */
  recordAction(action: AuditedAction): Promise<void>
  /** Makes a user who is known by e-mail alone, unless the id or the address is taken already. */
  ensureBuyer(buyer: BuyerByEmail): Promise<void>
}

export type BuyerByEmail = { userId: string; name: string; email: string; phone: string | null }
