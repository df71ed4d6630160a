import assert from 'node:assert'
import { sendRaw } from './hostile.ts'
import type { Caller } from './shop.ts'

/** What a foreign API answered; its fields are looked at one by one. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any
export type ForeignAnswer = { status: number; headers: Record<string, unknown>; body: Json }

/** Sends a request of a foreign API; a body that is no text or bytes goes as JSON. */
export async function ask(
  at: Caller,
  line: string,
  body?: unknown,
  more: Record<string, string> = {},
): Promise<ForeignAnswer> {
  const [method = '', target = ''] = line.split(' ')
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body)
  const { pathname } = new URL(at.url)
  const type = body !== undefined && { 'content-type': 'application/json' }
  const answer = await sendRaw(at.url, {
    method,
    target: pathname.replace(/\/$/, '') + target,
    headers: { ...at.headers, ...type, ...more },
    ...(body !== undefined && { body: isRaw ? body : JSON.stringify(body) }),
  })
  const isJson = String(answer.headers['content-type']).startsWith('application/json')
  return { ...answer, body: isJson ? JSON.parse(answer.body) : answer.body }
}

/** Settings with which any other address than this machine's may ask once. */
export const oneRequestOfStrangers = { TRUST_PROXY: '127.0.0.1', RATE_LIMIT_PER_ADDRESS: '1' }

export const tenMegabytes = Buffer.alloc(10_000_000, 'a')

/** Bodies that no operation takes, whatever it does. */
export const absurdBodies: [string, unknown, Record<string, string>?][] = [
  ['no body', undefined],
  ['half a body', '{"a":'],
  ['a text', '"a"'],
  ['a list', []],
  ['null', null],
  ['another content type', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['no content type', 'a', { 'content-type': '' }],
  ['ten megabytes', tenMegabytes],
  ['text that cannot be kept', '{"a":"\\u0000"}'],
]

/** The object with one field, named by its path, set to another value; undefined takes it away. */
export function having<T extends object>(object: T, path: string, value: unknown): T {
  const copy = structuredClone(object)
  const names = path.split('.')
  const last = names.pop()
  assert(last !== undefined)
  const holder = names.reduce<Json>((inner, name) => inner[name], copy)
  if (value === undefined) delete holder[last]
  else holder[last] = value
  return copy
}
