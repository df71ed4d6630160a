import { err, type Result } from '../../../kernel/result.ts'
import type { User } from '../domain/user.ts'
import type { IdentityPorts } from '../ports.ts'

/** A user of another system. */
export type ImportUser = {
  name: string
  email: string
  phone: string | null
  /** As the other system keeps it: by bcrypt or argon2id; null: cannot log in. */
  passwordHash: string | null
}

export type ImportUserError = { kind: 'email-taken' } | { kind: 'unknown-hash' }

const hash = /^\$(argon2id\$|2[aby]\$\d\d\$[./A-Za-z0-9]{53}$)/

/** Makes a buyer who logs in with the password they had. An address that is known stays as it is. */
export async function importUser(
  { users, clock, newId }: Pick<IdentityPorts, 'users' | 'clock' | 'newId'>,
  user: ImportUser,
): Promise<Result<User, ImportUserError>> {
  if (user.passwordHash !== null && !hash.test(user.passwordHash)) {
    return err({ kind: 'unknown-hash' })
  }
  return users.add({ ...user, id: newId(), roles: ['buyer'], createdAt: clock() })
}
