const jakartaMillis = 7 * 3_600_000

/** Midtrans writes times as clocks in Jakarta show them, without saying so. */
export const jakartaTime = (at: Date): string =>
  new Date(at.getTime() + jakartaMillis).toISOString().slice(0, 19).replace('T', ' ')

const asked = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)$/

/** A time as merchants send it, `2026-11-20 17:00:00 +0700`; undefined when it is none. */
export function askedTime(value: unknown): Date | undefined {
  const [, date, time, hours, minutes] = (typeof value === 'string' && asked.exec(value)) || []
  const at = new Date(`${date}T${time}${hours}:${minutes}`)
  return isNaN(at.getTime()) ? undefined : at
}

const unitSeconds: Record<string, number> = { second: 1, minute: 60, hour: 3_600, day: 86_400 }

/** A duration in seconds; undefined when it is none. */
export function askedSeconds(duration: unknown, unit: unknown): number | undefined {
  const seconds = unitSeconds[typeof unit === 'string' ? unit.replace(/s$/, '') : '']
  const isCount = Number.isInteger(duration) && (duration as number) > 0
  return seconds !== undefined && isCount ? (duration as number) * seconds : undefined
}
