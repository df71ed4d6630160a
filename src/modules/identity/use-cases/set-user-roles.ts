import type { Role } from '../../../kernel/principal.ts'
import { err, ok, type Result } from '../../../kernel/result.ts'
import { chooseRoles, type User } from '../domain/user.ts'
import type { IdentityPorts } from '../ports.ts'

export type SetUserRoles = { userId: string; roles: readonly Role[]; adminId: string }

export type SetUserRolesError = { kind: 'user-not-found' } | { kind: 'own-admin-role' }

/**
 * Gives a user exactly these roles. API keys have them at once, sessions with their next access
 * token: at the latest when the present one expires.
 */
export async function setUserRoles(
  ports: IdentityPorts,
  { userId, roles, adminId }: SetUserRoles,
): Promise<Result<User, SetUserRolesError>> {
  const chosen = chooseRoles(userId, roles, adminId)
  if (!chosen.ok) return chosen
  const user = await ports.users.setRoles(userId, chosen.value)
  return user ? ok(user) : err({ kind: 'user-not-found' })
}
