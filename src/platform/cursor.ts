/** A cursor is opaque to callers: where the next page begins, as base64url of JSON. */
export const toCursor = (position: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url')

/** The position in a cursor; undefined for one that was not made here. */
export function fromCursor(text: string): string[] | undefined {
  try {
    const position: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    return Array.isArray(position) ? position.map(String) : undefined
  } catch {
    return undefined
  }
}
