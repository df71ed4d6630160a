import type { Json } from './payment.ts'

/** Reading what anybody may have sent. */
export const fieldsOf = (value: unknown): Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Json) : {}

export const isText = (value: unknown, lengthMax: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= lengthMax

const amountMax = 1e12
export const isAmount = (value: unknown): value is number =>
  typeof value === 'number' && value >= 1 && value <= amountMax

/** Copies the fields that are there. */
export const echo = (from: Json, names: readonly string[]): Json =>
  Object.fromEntries(names.filter((name) => from[name] != null).map((name) => [name, from[name]]))
