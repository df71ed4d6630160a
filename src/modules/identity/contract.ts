import type { Principal } from '../../kernel/principal.ts'

/** What was presented to prove who is asking. */
export type Credential = { kind: 'access-token'; token: string } | { kind: 'api-key'; key: string }

/** What other modules may ask identity. */
export type IdentityApi = {
  /** Who the credential belongs to; undefined when it is forged, expired or revoked. */
  authenticate(credential: Credential): Promise<Principal | undefined>
  /** The id of the user with this e-mail address, whatever its case. */
  findUserId(email: string): Promise<string | undefined>
}
