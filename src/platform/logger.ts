import path from 'node:path'
import { pino, type Logger } from 'pino'
import { prettyFactory } from 'pino-pretty'

export type { Logger }

const secretFields = [
  'authorization',
  'cookie',
  '["x-api-key"]',
  '["x-callback-token"]',
  'password',
  'currentPassword',
  'newPassword',
  'token',
  'accessToken',
  'refreshToken',
  'secret',
]

type LoggerOptions = { level: string; folder?: string | undefined; process: string }

/**
 * Lines for people on a terminal, JSON otherwise, both written at once so that none is lost when
 * the process ends. With a folder, JSON goes to a file per day as well.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { level, folder } = options
  const out = pino.destination({ fd: 1, sync: true })
  // A terminal that was closed is no reason to die before everything is stopped.
  out.on('error', () => {})
  process.stdout.on('error', () => {})
  const screen = process.stdout.isTTY ? pretty(out) : out
  const streams = [
    { stream: screen, level },
    ...(folder ? [{ stream: dailyFile(folder), level }] : []),
  ]
  return pino(
    {
      level,
      base: { process: options.process, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: [
        ...secretFields,
        ...secretFields.map(inside('*')),
        ...secretFields.map(inside('*.*')),
      ],
    },
    pino.multistream(streams as pino.StreamEntry[]),
  )
}

/** A function instead of the stream of pino-pretty, whose last lines are lost when the process ends. */
function pretty(out: pino.DestinationStream): pino.DestinationStream {
  const lineOf = prettyFactory({
    colorize: true,
    ignore: 'pid,hostname,process',
    translateTime: 'SYS:HH:MM:ss',
  })
  return { write: (line) => void out.write(lineOf(line)) }
}

const inside = (parent: string) => (field: string) =>
  field.startsWith('[') ? parent + field : `${parent}.${field}`

/** Several processes append to one file; a line is one write, so lines stay whole. */
function dailyFile(folder: string): pino.DestinationStream {
  const fileOf = (day: string) => path.join(folder, `karcis-${day}.log`)
  const today = () => new Date().toISOString().slice(0, 10)
  let day = today()
  const file = pino.destination({ dest: fileOf(day), append: true, mkdir: true, sync: true })
  return {
    write(line) {
      if (today() !== day) {
        day = today()
        file.reopen(fileOf(day))
      }
      file.write(line)
    },
  }
}
