/** No body of ours is nested half as deeply, or has half as many fields. */
export const nestingMax = 20
export const fieldsMax = 4_000

/** Whether a parsed body is small enough in both ways to be looked through by anyone. */
export function isModest(value: unknown): boolean {
  let fields = 0
  const fits = (inner: unknown, depth: number): boolean => {
    if (inner === null || typeof inner !== 'object') return true
    if (depth === nestingMax) return false
    const values = Object.values(inner)
    if (!Array.isArray(inner) && (fields += values.length) > fieldsMax) return false
    return values.every((one) => fits(one, depth + 1))
  }
  return fits(value, 0)
}
