import type { Logger } from './logger.ts'

/** Runs a part of the start and tells how long it took; refuses to when the start is called off. */
export type Step = <T>(name: string, work: () => Promise<T>) => Promise<T>

export function progress(log: Logger, stopping: AbortSignal): Step {
  return async (name, work) => {
    stopping.throwIfAborted()
    const startedAt = performance.now()
    if (process.stdout.isTTY) process.stdout.write(`${name} … `)
    const result = await work()
    const millis = Math.round(performance.now() - startedAt)
    if (process.stdout.isTTY) process.stdout.write(`${(millis / 1_000).toFixed(1)} s\n`)
    else log.info({ millis }, name)
    return result
  }
}

/** Says that the program is ready and where; an address that begins with `/` belongs to `url`. */
export function announce(log: Logger, url: string, addresses: Record<string, string>): void {
  const full = Object.entries(addresses).map(([name, text]) => [
    name,
    text.startsWith('/') ? url + text : text,
  ])
  const seconds = process.uptime().toFixed(1)
  if (!process.stdout.isTTY) {
    log.info({ url, seconds: Number(seconds), addresses: Object.fromEntries(full) }, 'ready')
    return
  }
  const width = Math.max(...full.map(([name = '']) => name.length))
  const lines = full.map(([name = '', text]) => `  ${name.padEnd(width)}  ${text}\n`)
  process.stdout.write(`\nKarcis is ready (${seconds} s)\n\n${lines.join('')}\n`)
}
