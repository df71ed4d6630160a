/** A map that holds so many entries at most and forgets the one that was longest not used. */
export function recentlyUsed<Value>(entriesMax: number) {
  const entries = new Map<string, Value>()
  return {
    get(key: string): Value | undefined {
      const value = entries.get(key)
      if (value !== undefined) put(key, value)
      return value
    },
    set(key: string, value: Value): void {
      put(key, value)
      const oldest = entries.keys().next()
      if (entries.size > entriesMax && !oldest.done) entries.delete(oldest.value)
    },
  }

  /** A map keeps its entries in the order in which they came. */
  function put(key: string, value: Value): void {
    entries.delete(key)
    entries.set(key, value)
  }
}
