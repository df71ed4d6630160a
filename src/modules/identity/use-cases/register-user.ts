import { err, type Result } from '../../../kernel/result.ts'
import type { User } from '../domain/user.ts'
import type { IdentityPorts } from '../ports.ts'

export type RegisterUser = {
  /** New, or the one that the request's Idempotency-Key stands for. */
  id: string
  name: string
  email: string
  phone: string | null
  password: string
}

export type RegisterUserError = { kind: 'email-taken' } | { kind: 'idempotency-key-reused' }

/**
 * Makes a buyer. An address that is known from an order without an account is taken as well:
 * nothing here proves that the caller can read its mail.
 */
export async function registerUser(
  ports: IdentityPorts,
  { id, password, ...person }: RegisterUser,
): Promise<Result<User, RegisterUserError>> {
  const { passwords } = ports
  const passwordHash = await passwords.inTurn(() => passwords.hash(password))
  const createdAt = ports.clock()
  const added = await ports.users.add({ id, ...person, passwordHash, roles: ['buyer'], createdAt })

  // Every hash has a salt of its own: another one is that of an earlier request with this key.
  // The requests are compared by their effect, because a plain digest of a body that holds a
  // password would give the password away.
  if (!added.ok || added.value.passwordHash === passwordHash) return added
  const isSame =
    added.value.name === person.name &&
    added.value.email === person.email &&
    added.value.phone === person.phone &&
    (await passwords.inTurn(() => passwords.verify(password, added.value.passwordHash)))
  return isSame ? added : err({ kind: 'idempotency-key-reused' })
}
