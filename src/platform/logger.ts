import { readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pino, type Logger } from 'pino'
import type { prettyFactory } from 'pino-pretty'
import { withoutSecrets } from './log-secrets.ts'
import { currentRequestId, currentSpan } from './request-context.ts'

export type { Logger }

type LoggerOptions = {
  level: string
  folder?: string | undefined
  /** How many files of the folder are kept, today's included. */
  retentionDays?: number
  process: string
}

/**
 * Lines for people on a terminal, JSON otherwise, both written at once so that none is lost when
 * the process ends. With a folder, JSON goes to a file per day as well. Every line names the request
 * that caused it, if one did, its trace if there is one, and holds no secret and no personal data.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { level, folder, retentionDays = 14 } = options
  const out = pino.destination({ fd: 1, sync: true })
  // A terminal that was closed is no reason to die before everything is stopped.
  out.on('error', () => {})
  process.stdout.on('error', () => {})
  const screen = process.stdout.isTTY ? pretty(out) : out
  const streams = [
    { stream: screen, level },
    ...(folder ? [{ stream: dailyFile(folder, retentionDays), level }] : []),
  ]
  return pino(
    {
      level,
      base: { process: options.process, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin() {
        const requestId = currentRequestId()
        const traceId = currentSpan()?.traceId
        if (traceId !== undefined) return { requestId, traceId }
        return requestId === undefined ? {} : { requestId }
      },
      serializers: { err: toldError },
      hooks: { streamWrite: withoutSecrets },
    },
    pino.multistream(streams as pino.StreamEntry[]),
  )
}

/** A function instead of the stream of pino-pretty, whose last lines are lost when the process ends. */
function pretty(out: pino.DestinationStream): pino.DestinationStream {
  // Only who looks on waits for what paints the lines.
  const require = createRequire(import.meta.url)
  const painter = require('pino-pretty') as { prettyFactory: typeof prettyFactory }
  const lineOf = painter.prettyFactory({
    colorize: true,
    ignore: 'pid,hostname,process',
    translateTime: 'SYS:HH:MM:ss',
  })
  return { write: (line) => void out.write(lineOf(line)) }
}

/**
 * What an error may tell. A library hangs more on its errors, such as the row that a database
 * refused, or the message that a mail server did not take.
 */
function toldError(error: Error & { code?: unknown; constraint?: unknown }): object {
  const { type, message, stack } = pino.stdSerializers.err(error)
  const { code, constraint } = error
  return { type, message, stack, ...(code !== undefined && { code, constraint }) }
}

/** Several processes append to one file; a line is one write, so lines stay whole. */
function dailyFile(folder: string, retentionDays: number): pino.DestinationStream {
  const fileOf = (day: string) => path.join(folder, `karcis-${day}.log`)
  const today = () => new Date().toISOString().slice(0, 10)
  let day = today()
  const file = pino.destination({ dest: fileOf(day), append: true, mkdir: true, sync: true })
  forgetOldFiles(folder, retentionDays)
  return {
    write(line) {
      if (today() !== day) {
        day = today()
        file.reopen(fileOf(day))
        forgetOldFiles(folder, retentionDays)
      }
      file.write(line)
    },
  }
}

/** Other processes do it at the same time, so a file may be gone already. */
function forgetOldFiles(folder: string, retentionDays: number): void {
  const oldest = new Date(Date.now() - (retentionDays - 1) * dayMillis).toISOString().slice(0, 10)
  for (const name of readdirSync(folder)) {
    const [, day = oldest] = /^karcis-(\d{4}-\d\d-\d\d)\.log$/.exec(name) ?? []
    if (day < oldest) rmSync(path.join(folder, name), { force: true })
  }
}

const dayMillis = 24 * 60 * 60 * 1_000
