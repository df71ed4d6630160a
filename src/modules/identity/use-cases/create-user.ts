import type { Role } from '../../../kernel/principal.ts'
import { ok, type Result } from '../../../kernel/result.ts'
import type { User } from '../domain/user.ts'
import type { IdentityPorts } from '../ports.ts'

export type CreateUser = {
  id: string
  name: string
  email: string
  phone: string | null
  /** Null for a buyer who is known by e-mail alone. */
  password: string | null
  roles: readonly Role[]
}

/**
 * Makes a user with a given id and roles. Repeating an id changes nothing, costs no slow hash and
 * answers its user.
 */
export async function createUser(
  ports: IdentityPorts,
  { password, ...user }: CreateUser,
): Promise<Result<User, { kind: 'email-taken' }>> {
  const existing = await ports.users.find(user.id)
  if (existing) return ok(existing)
  const passwordHash =
    password === null ? null : await ports.passwords.inTurn(() => ports.passwords.hash(password))
  return ports.users.add({ ...user, passwordHash, createdAt: ports.clock() })
}
