import addFormats from 'ajv-formats'
import { err, ok, type Result } from '../../kernel/result.ts'

/** What is wrong with a value, as Joi ends the sentence that begins with the field's name. */
type Fault = string | undefined
/** What a field must be. `T` is what it then is. */
export type Rule<T> = { fault(value: unknown): Fault; type?: T }
type Rules = Record<string, Rule<unknown>>
type Fields<R extends Rules> = { [Name in keyof R]: R[Name] extends Rule<infer T> ? T : never }

/**
 * The fields of a body, or what is wrong with it in Joi's words: the first offending field in the
 * order of the rules, every one of which is required, and then the first that no rule knows.
 */
export function readFields<R extends Rules>(rules: R, body: unknown): Result<Fields<R>, string> {
  const given = body ?? {}
  if (typeof given !== 'object' || Array.isArray(given)) {
    return err('"value" must be of type object')
  }
  const values = new Map(Object.entries(given))
  for (const [name, rule] of Object.entries(rules)) {
    const fault = values.has(name) ? rule.fault(values.get(name)) : 'is required'
    if (fault) return err(`"${name}" ${fault}`)
  }
  const unknown = [...values.keys()].find((name) => !Object.hasOwn(rules, name))
  if (unknown !== undefined) return err(`"${unknown.slice(0, 100)}" is not allowed`)
  return ok(Object.fromEntries(values) as Fields<R>)
}

/** Text with something to see. */
export const text = (lengthMax = Infinity): Rule<string> => ({
  fault(value) {
    if (typeof value !== 'string') return 'must be a string'
    if (value.trim() === '') return 'is not allowed to be empty'
    if (value.length <= lengthMax) return undefined
    return `length must be less than or equal to ${lengthMax} characters long`
  },
})

const emailPattern = addFormats.default.get('email') as RegExp

export const email: Rule<string> = {
  fault: (value) =>
    text(254).fault(value) ??
    (emailPattern.test(value as string) ? undefined : 'must be a valid email'),
}

/** A whole number from 1 on. */
export const count: Rule<number> = {
  fault(value) {
    if (typeof value !== 'number') return 'must be a number'
    if (!Number.isFinite(value)) return 'cannot be infinity'
    if (value < 1) return 'must be greater than or equal to 1'
    if (!Number.isInteger(value)) return 'must be an integer'
    return Number.isSafeInteger(value) ? undefined : 'must be a safe number'
  },
}

const isoPattern =
  /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/

/** A day of the calendar, perhaps with a time of day, in ISO 8601. */
export const isoDate: Rule<string> = {
  fault: (value) =>
    typeof value === 'string' && isDay(isoPattern.exec(value)?.[1]) && isInstant(value)
      ? undefined
      : 'must be in ISO 8601 date format',
}

/** JavaScript takes the 30th of February for a day in March. */
function isDay(day: string | undefined): boolean {
  const at = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(String(day))
}

/** In the form that JavaScript reads: a point before fractions, minutes in the offset. */
const isInstant = (iso: string): boolean =>
  !Number.isNaN(
    Date.parse(
      iso
        .replace(',', '.')
        .replace(/([+-]\d\d)(\d\d)?$/, (all, hours, minutes) =>
          iso.includes('T') ? `${hours}:${minutes ?? '00'}` : all,
        ),
    ),
  )
