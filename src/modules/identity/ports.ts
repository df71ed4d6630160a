import type { AuditedAction } from '../../kernel/audited-action.ts'
import type { Principal, Role } from '../../kernel/principal.ts'
import type { Result } from '../../kernel/result.ts'
import type { Store } from '../../kernel/store.ts'
import type { ApiKey } from './domain/api-key.ts'
import type { IdCard } from './domain/id-card.ts'
import type { LoginFailures } from './domain/login-throttle.ts'
import type { RefreshToken, Session } from './domain/session.ts'
import type { User } from './domain/user.ts'

/** Everything identity needs from the world. */
export type IdentityPorts = {
  clock(): Date
  newId(): string
  users: Users
  sessions: Sessions
  apiKeys: ApiKeys
  idCards: {
    /** In the place of the one before. */
    keep(userId: string, card: IdCard, now: Date): Promise<void>
    find(userId: string): Promise<IdCard | undefined>
  }
  loginFailures: {
    /** The address is compared whatever its case, here and below. */
    find(email: string): Promise<LoginFailures | undefined>
    add(email: string, now: Date): Promise<void>
    forget(email: string): Promise<void>
    /** Deletes what bars nobody any more. */
    forgetExpired(now: Date): Promise<void>
  }
  passwords: Passwords
  accessTokens: {
    issue(principal: SessionPrincipal): Promise<AccessToken>
    /** Undefined for a token that is not ours, or no longer good. */
    verify(token: string): Promise<Principal | undefined>
  }
  refreshTokens: {
    format(token: RefreshToken): string
    /** Undefined for a text that is not of our making. */
    parse(text: string): RefreshToken | undefined
  }
  auditLog: AuditLog
  auditRetentionDays: number
  /** How long a session lives without being refreshed. */
  refreshTokenSeconds: number
}

export type FoundAction = AuditedAction & { position: number }

export type AuditLog = {
  /** Resolves once it is safe. */
  add(action: AuditedAction): Promise<void>
  /** Newest first; `before` is the last position of the page before. */
  page(query: {
    userId: string | null
    operation: string | null
    target: string | null
    from: Date | null
    until: Date | null
    before: number | null
    limit: number
  }): Promise<FoundAction[]>
  forgetBefore(instant: Date): Promise<void>
}

export type SessionPrincipal = {
  userId: string
  name: string
  email: string
  roles: readonly Role[]
  sessionId: string
}

export type AccessToken = { accessToken: string; expiresInSeconds: number; expiresAt: string }

export type Users = {
  /**
   * Adds a user; answers the one who is there already when the id was taken before. A buyer who is
   * known by e-mail alone gives the address up to a user with a password.
   */
  add(user: User): Promise<Result<User, { kind: 'email-taken' }>>
  find(userId: string): Promise<User | undefined>
  findByEmail(email: string): Promise<User | undefined>
  changeProfile(userId: string, change: ProfileChange): Promise<User | undefined>
  setRoles(userId: string, roles: readonly Role[]): Promise<User | undefined>
  /** Writes the hash of the same password in another form. */
  upgradePasswordHash(change: PasswordChange): Promise<void>
  /**
   * Changes the password and ends every session but one, both or neither. False when the hash is
   * no longer `from`.
   */
  changePassword(change: PasswordChange, keptSessionId: string | null, now: Date): Promise<boolean>
  /** Newest first; `after` is the last user of the page before. */
  page(query: { q: string | null; after: string | null; limit: number }): Promise<User[]>
}

export type ProfileChange = { name?: string; phone?: string | null }

export type PasswordChange = { userId: string; from: string; to: string }

export type Sessions = Store<Session> & {
  /** Keeps a new session, unless the user's password hash is no longer the one that was verified. */
  open(session: Session, verifiedHash: string): Promise<boolean>
  /** Deletes what no refresh token can reach any more. */
  forgetExpired(now: Date): Promise<void>
}

export type ApiKeys = {
  /**
   * The secret of a new key: by chance, or the same for the same user and Idempotency-Key, so that
   * a request which is sent again is answered with the same key although no key is kept.
   */
  newSecret(userId: string, idempotencyKey: string | undefined): string
  /** Adds a key; answers the one that is there already when the id was taken before. */
  add(key: ApiKey, secret: string): Promise<Result<ApiKey, { kind: 'too-many-api-keys' }>>
  /** The key with this id, if the secret is its own. */
  find(id: string, secret: string): Promise<ApiKey | undefined>
  markUsed(id: string, now: Date): Promise<void>
  /** False when the user has no such key. Revoking twice is revoking once. */
  revoke(key: { id: string; userId: string }, now: Date): Promise<boolean>
  /** The live keys of a user, newest first. */
  ofUser(userId: string): Promise<ApiKey[]>
  forgetRevokedBefore(instant: Date): Promise<void>
}

export type Passwords = {
  hash(password: string): Promise<string>
  /** Takes as long for nobody's hash, null, as for a wrong password. */
  verify(password: string, hash: string | null): Promise<boolean>
  /** True for a hash that `hash` would make in another way today. */
  isOutdated(hash: string): boolean
  /**
   * Runs work that makes or verifies hashes; only a few at once, the others wait. When too many
   * wait already, the work is not begun.
   */
  inTurn<T>(work: () => Promise<T>): Promise<Result<T, SignInOverloaded>>
}

export type SignInOverloaded = { kind: 'sign-in-overloaded'; retryAfterSeconds: number }
