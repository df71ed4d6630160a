import { isIP } from 'node:net'
import { fromPublicId, type IdKind } from '../kernel/id.ts'
import { startError } from './start-error.ts'

/** What a value may be. `allowed` finishes the sentence "it must be …"; bad text parses to undefined. */
type Kind<T> = { allowed: string; parse(text: string): T | undefined; secret?: true }
type Setting<T> = Kind<T> & { about: string; fallback: string; optional: boolean }

export type Env = Record<string, string | undefined>
export type Settings = Record<string, Setting<unknown>>
export type Values<S extends Settings> = {
  [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never
}

export const setting = <T>(about: string, kind: Kind<T>, fallback: string): Setting<T> => ({
  ...kind,
  about,
  fallback,
  optional: false,
})
export const optional = <T>(about: string, kind: Kind<T>): Setting<T | undefined> => ({
  ...kind,
  about,
  fallback: '',
  optional: true,
})

export const text: Kind<string> = { allowed: 'text', parse: (value) => value }

/** A value that is never printed. */
export const secret = (lengthMin: number): Kind<string> => ({
  allowed: lengthMin > 1 ? `at least ${lengthMin} characters without spaces` : 'without spaces',
  parse: (value) => (value.length >= lengthMin && !/\s/.test(value) ? value : undefined),
  secret: true,
})

export const integer = (min: number, max: number): Kind<number> => ({
  allowed: `a whole number from ${min} to ${max}`,
  parse: (value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN
    return number >= min && number <= max ? number : undefined
  },
})

export const ratio: Kind<number> = {
  allowed: 'a number from 0 to 1',
  parse: (value) => {
    const number = /^\d(\.\d{1,9})?$/.test(value) ? Number(value) : NaN
    return number <= 1 ? number : undefined
  },
}

export const oneOf = <const T extends string>(...values: T[]): Kind<T> => ({
  allowed: orList(values),
  parse: (value) => values.find((known) => known === value),
})

/** Some of the values, each once, in the order given; `none` for none of them. */
export const someOf = <const T extends string>(...values: T[]): Kind<T[]> => ({
  allowed: `some of ${values.join(', ')}, separated by commas, or none`,
  parse: (text) => {
    if (text === 'none') return []
    const names = text.split(',').map((name) => values.find((known) => known === name.trim()))
    const known = names.filter((name) => name !== undefined)
    return new Set(known).size === names.length ? known : undefined
  },
})

/** Addresses by name: `name=http://host:port`, separated by commas; `none` for none of them. */
export const addressesOf = <const T extends string>(
  ...names: T[]
): Kind<Partial<Record<T, string>>> => ({
  allowed: `name=address separated by commas, the names among ${names.join(', ')}; or none`,
  parse: (text) => {
    if (text === 'none') return {}
    const pairs = text.split(',').map((pair) => {
      const [name = '', address = ''] = pair.split(/=(.*)/s)
      const known = names.find((one) => one === name.trim())
      const parsed = url('http', 'https').parse(address.trim())
      return known !== undefined && parsed !== undefined ? [known, parsed] : undefined
    })
    return pairs.every((pair) => pair !== undefined)
      ? (Object.fromEntries(pairs) as Partial<Record<T, string>>)
      : undefined
  },
})
/** One value or several, separated by commas, each long enough to be a key; never printed. */
export const secrets = (lengthMin: number): Kind<string> => ({
  allowed: `at least ${lengthMin} characters without spaces, or several such separated by commas`,
  parse: (value) =>
    value.split(',').every((one) => one.length >= lengthMin && !/\s/.test(one)) ? value : undefined,
  secret: true,
})

/** Several values of one kind, separated by commas. */
export const listOf = <T>(kind: Kind<T>): Kind<T[]> => ({
  allowed: `${kind.allowed}; several are separated by commas`,
  parse: (value) => {
    const items = value.split(',').map((item) => kind.parse(item.trim()))
    return items.includes(undefined) ? undefined : (items as T[])
  },
})

/** Either of two kinds. */
export const either = <A, B>(one: Kind<A>, other: Kind<B>): Kind<A | B> => ({
  allowed: `${one.allowed}, or ${other.allowed}`,
  parse: (value) => one.parse(value) ?? other.parse(value),
})

/** An IP address, or a network as `10.0.0.0/8`. */
export const network: Kind<string> = {
  allowed: 'an IP address or a network such as 10.0.0.0/8',
  parse: (value) => {
    const [address = '', bits = '0', ...rest] = value.split('/')
    const bitsMax = { 4: 32, 6: 128 }[isIP(address)]
    const isNetwork = bitsMax !== undefined && /^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax
    return isNetwork && rest.length === 0 ? value : undefined
  },
}

/** Where a page comes from: scheme, host and port, and nothing after them. */
export const origin: Kind<string> = {
  allowed: 'an origin such as https://shop.example',
  parse: (value) => {
    const address = URL.parse(value)
    return /^https?:$/.test(address?.protocol ?? '') && address?.origin === value
      ? value
      : undefined
  },
}

/** An id as it leaves the program, without its kind once it is read. */
export const publicId = (kind: IdKind): Kind<string> => ({
  allowed: `an id that begins with ${kind}-`,
  parse: (value) => {
    const id = fromPublicId(kind, value)
    return id.ok ? id.value : undefined
  },
})

export const digits = (min: number, max: number): Kind<string> => ({
  allowed: `${min} to ${max} digits`,
  parse: (value) =>
    /^\d+$/.test(value) && value.length >= min && value.length <= max ? value : undefined,
})

export const flag: Kind<boolean> = {
  allowed: 'true or false',
  parse: (value) => ({ true: true, false: false })[value],
}

export const url = (...protocols: string[]): Kind<string> => ({
  allowed: `an address that begins with ${orList(protocols.map((name) => `${name}://`))}`,
  parse: (value) => {
    const address = URL.parse(value)
    if (!address || !protocols.includes(address.protocol.slice(0, -1))) return undefined
    return address.hostname === '' ? undefined : value.replace(/\/$/, '')
  },
})

/** An address that may carry a password, so it is never printed. */
export const secretUrl = (...protocols: string[]): Kind<string> => ({
  ...url(...protocols),
  secret: true,
})

/** What may be part of a name elsewhere. */
export const word: Kind<string> = {
  allowed: 'letters, digits and hyphens',
  parse: (value) => (/^[A-Za-z0-9-]{1,100}$/.test(value) ? value : undefined),
}

/** Servers that together are one service. */
export const addresses: Kind<string[]> = {
  allowed: 'host:port, several of them separated by commas',
  parse: (value) => {
    const list = value.split(',').map((part) => part.trim())
    return list.every((part) => /^[^\s:/]+:\d{1,5}$/.test(part)) ? list : undefined
  },
}

/** Every setting as its type says, or a start error that names the first one that is not. */
export function readSettings<S extends Settings>(settings: S, env: Env): Values<S> {
  const values = Object.entries(settings).map(([name, { fallback, ...kind }]) => {
    const given = env[name]?.trim() || fallback
    if (given === '' && kind.optional) return [name, undefined]
    const value = kind.parse(given)
    if (value === undefined) {
      const what = kind.secret ? 'is not acceptable' : `is ${JSON.stringify(given)}`
      throw startError(`${name} ${what}; it must be ${kind.allowed}.`)
    }
    return [name, value]
  })
  return Object.fromEntries(values) as Values<S>
}

/** The settings as a file of environment variables: what each is for, and what holds without it. */
export function describeSettings(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, { about, allowed, fallback }]) => {
      return `# ${about}\n# It is ${allowed}.\n#${name}=${fallback}\n`
    })
    .join('\n')
}

const orList = (items: readonly string[]) =>
  items.length < 2 ? items.join() : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`
