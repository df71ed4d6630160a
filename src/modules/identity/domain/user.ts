import type { Role } from '../../../kernel/principal.ts'
import { err, ok, type Result } from '../../../kernel/result.ts'

export type User = {
  id: string
  name: string
  /** As the user wrote it; no two users have addresses that differ only in case. */
  email: string
  phone: string | null
  /** Null for a buyer who is known by e-mail alone and cannot log in. */
  passwordHash: string | null
  roles: readonly Role[]
  createdAt: Date
}

/**
 * The roles a user has after an admin chose them. Everyone is a buyer; and nobody takes the role
 * of admin from themselves, so that one always remains.
 */
export function chooseRoles(
  userId: string,
  roles: readonly Role[],
  adminId: string,
): Result<Role[], { kind: 'own-admin-role' }> {
  if (userId === adminId && !roles.includes('admin')) return err({ kind: 'own-admin-role' })
  return ok([...new Set<Role>(['buyer', ...roles])])
}
