import { hash, hashSync, verify } from '@node-rs/argon2'
import bcrypt from 'bcryptjs'
import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { err, ok } from '../../../kernel/result.ts'
import type { Passwords } from '../ports.ts'

/** The threads of libuv, on which argon2 runs, are four. */
const turnsMax = Math.min(4, availableParallelism())

/** A few seconds of work: who waits longer has given up, and would be verified for nobody. */
const waitingMax = 200
const retryAfterSeconds = 2

/** Passwords by argon2id, with the parameters of the library: 19 MiB, two passes, one lane. */
export function argon2Passwords(): Passwords {
  // Of a password that nobody can know, for whom there is no hash to verify.
  const nobodysHash = hashSync(randomUUID())
  const parameters = nobodysHash.slice(0, nobodysHash.indexOf('p=1$') + 4)

  return {
    hash: (password) => hash(password),

    async verify(password, passwordHash) {
      // Written in JavaScript, bcrypt holds up the process; an imported user meets it only once.
      if (passwordHash?.startsWith('$2')) return bcrypt.compare(password, passwordHash)
      return verify(passwordHash ?? nobodysHash, password)
    },

    isOutdated: (passwordHash) => !passwordHash.startsWith(parameters),

    inTurn: turns(),
  }
}

/** Lets in some work at once; some waits in line, the rest is turned away. */
function turns(): Passwords['inTurn'] {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running < turnsMax) running++
    else if (waiting.length >= waitingMax) {
      return err({ kind: 'sign-in-overloaded', retryAfterSeconds })
    } else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return ok(await work())
    } finally {
      // A turn is handed over, not given back, so that a newcomer cannot slip in between.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
