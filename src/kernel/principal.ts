/** What a signed-in person or key may do. `buyer` is everyone. */
export type Role = 'buyer' | 'organiser' | 'staff' | 'admin'

/** Who is asking, once their token or API key was verified. */
export type Principal = {
  userId: string
  name: string
  email: string
  roles: readonly Role[]
  /** Set for sessions: which of the user's logins this is. */
  sessionId?: string
  /** Set for API keys: the only scopes the key may use. A session may do all its roles may. */
  scopes?: readonly string[]
}

export const hasRole = (principal: Principal | undefined, ...roles: Role[]): boolean =>
  principal !== undefined && roles.some((role) => principal.roles.includes(role))
