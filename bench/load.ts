import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { buyerNumber, type Step } from './step.ts'

/** What one load is made of. */
export type Load = {
  port: number
  connections: number
  /** Every connection begins with its next buyer when the one before is done, so long. */
  seconds?: number
  /** Instead: so many buyers in all. */
  buyers?: number
  /** Buyers come at this pace, whether or not those before were answered; with `seconds`. */
  perSecond?: number
  /** What buyers do, one kind after another and over again. */
  flows: Step[][]
  lines?: { file: string; by: 'buyer' | 'connection' }
  /** Whether a buyer who is told to come back does, as soon as `Retry-After` says. */
  comesBack?: boolean
}

export type Latency = { p50Ms: number; p95Ms: number; p99Ms: number; maxMs: number }

export type LoadResult = Latency & {
  /** How many answers came with each status, those after the last second included. */
  statuses: Record<string, number>
  /** The same for each step. */
  steps: Record<string, Latency & { statuses: Record<string, number> }>
  /** Connections that broke before their answer came. */
  broken: number
  /** Answers with 503 that did not say when to come back. */
  withoutRetryAfter: number
  /** Answers a second, until the end of the last second or the last answer. */
  perSecond: number
  /** From the first request to the last answer. */
  lastedSeconds: number
  /** Buyers whose turn never came, when they came faster than connections were free. */
  unsent: number
  /** What making the load cost. */
  cpuSeconds: number
}

type Connection = {
  socket: Socket
  index: number
  buyer: number
  flow: CompiledStep[]
  at: number
  sentAt: number
  kept: Record<string, string>
}

async function run(load: Load): Promise<LoadResult> {
  const flows = load.flows.map((flow) => flow.map(compile))
  const lines = load.lines ? readFileSync(load.lines.file, 'utf8').trimEnd().split('\n') : []
  const counts = newCounts()
  const buyersMax = load.buyers ?? Infinity
  const idle: Connection[] = []
  /** When the buyers came for whom no connection was free. */
  const waiting: number[] = []
  let buyers = 0
  let finish = () => {}
  const over = new Promise<void>((resolve) => (finish = resolve))

  const connections = await connectAll(load, answered)
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const endAt = startedAt + (load.seconds ?? Infinity) * 1000
  let active = connections.length
  let lastAt = startedAt
  for (const connection of connections) watch(connection)
  const arrivals = load.perSecond ? arrive(load.perSecond) : undefined
  if (!arrivals) for (const connection of connections) next(connection, startedAt)
  await over
  arrivals?.[Symbol.dispose]()
  const { user, system } = process.cpuUsage(cpuBefore)

  /** Gives a connection its next buyer, or closes it when there is none. */
  function next(connection: Connection, now: number): void {
    if (now >= endAt || buyers >= buyersMax) return leave(connection)
    begin(connection, now)
  }

  function begin(connection: Connection, cameAt: number): void {
    connection.buyer = buyers++
    connection.flow = flows[connection.buyer % flows.length]!
    connection.at = 0
    connection.kept = {}
    if (load.lines) {
      const line = load.lines.by === 'buyer' ? connection.buyer : connection.index
      connection.kept['line'] = lines[line % lines.length] ?? ''
    }
    send(connection, cameAt)
  }

  function send(connection: Connection, now: number): void {
    connection.sentAt = now
    connection.socket.write(connection.flow[connection.at]!.text(connection), 'latin1')
  }

  function answered(connection: Connection, status: string, text: string): void {
    const now = performance.now()
    lastAt = now
    const step = connection.flow[connection.at]!
    counts.note(step.name, status, now - connection.sentAt, now < endAt)
    if (status === '503') {
      const after = /^retry-after: (\d+)/im.exec(text)?.[1]
      if (after === undefined) counts.withoutRetryAfter++
      else if (load.comesBack) {
        setTimeout(() => send(connection, performance.now()), Number(after) * 1000)
        return
      }
    }
    for (const [name, pattern] of step.keep) {
      connection.kept[name] = pattern.exec(text)?.[1] ?? 'not-found'
    }
    connection.at++
    const goesOn = connection.at < connection.flow.length && status < '300'
    if (goesOn && now < endAt) send(connection, now)
    else if (!arrivals) next(connection, now)
    else if (now >= endAt) leave(connection)
    else if (waiting.length > 0) begin(connection, waiting.shift()!)
    else idle.push(connection)
  }

  /** An answer is measured from when its buyer came, so that what waits is not left out. */
  function arrive(perSecond: number): Disposable {
    idle.push(...connections)
    let came = 0
    const timer = setInterval(() => {
      const now = performance.now()
      const due = Math.floor(((Math.min(now, endAt) - startedAt) * perSecond) / 1000)
      for (; came < due; came++) {
        const cameAt = startedAt + (came * 1000) / perSecond
        const connection = idle.pop()
        if (connection) begin(connection, cameAt)
        else waiting.push(cameAt)
      }
      if (now >= endAt) for (const connection of idle.splice(0)) leave(connection)
    }, 2)
    return { [Symbol.dispose]: () => clearInterval(timer) }
  }

  function leave(connection: Connection): void {
    connection.socket.destroy()
  }

  function watch({ socket }: Connection): void {
    socket.setTimeout(60_000, () => socket.destroy(new Error('no answer')))
    socket.on('end', () => counts.broken++).on('error', () => counts.broken++)
    socket.once('close', () => --active === 0 && finish())
  }

  const lastedSeconds = (lastAt - startedAt) / 1000
  return {
    ...counts.result(),
    perSecond: Math.round(counts.inTime / Math.min(load.seconds ?? Infinity, lastedSeconds)),
    lastedSeconds: Number(lastedSeconds.toFixed(3)),
    unsent: waiting.length,
    cpuSeconds: (user + system) / 1e6,
  }
}

type CompiledStep = {
  name: string
  keep: [string, RegExp][]
  text(connection: Connection): string
}

const holes = new RegExp(`(${buyerNumber}|\\{\\{\\w+\\}\\})`)

/** A request as its fixed parts, so that sending it costs no more than joining them. */
function compile({ name, method, path, headers = {}, body, keep = {} }: Step): CompiledStep {
  const fill = (template: string) => {
    const parts = template.split(holes)
    return (buyer: string, kept: Record<string, string>): string => {
      let text = ''
      for (let i = 0; i < parts.length; i++) {
        const part = parts[i]!
        if (i % 2 === 0) text += part
        else text += part === buyerNumber ? buyer : (kept[part.slice(2, -2)] ?? '')
      }
      return text
    }
  }
  const all = {
    Host: 'bench.example',
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    ...headers,
  }
  const lines = Object.entries(all).map(([header, value]) => `${header}: ${value}`)
  const fillHead = fill([`${method} ${path} HTTP/1.1`, ...lines].join('\r\n'))
  const fillBody = body === undefined ? undefined : fill(body)
  return {
    name,
    keep: Object.entries(keep).map(([key, pattern]) => [key, new RegExp(pattern)]),
    text({ buyer, kept }) {
      const number = String(buyer).padStart(buyerNumber.length, '0')
      const head = fillHead(number, kept)
      if (!fillBody) return `${head}\r\n\r\n`
      const filled = fillBody(number, kept)
      return `${head}\r\nContent-Length: ${Buffer.byteLength(filled)}\r\n\r\n${filled}`
    },
  }
}

const connectsAtOnce = 500

async function connectAll(load: Load, answered: Answered): Promise<Connection[]> {
  const keepsText = load.flows.some((flow) => flow.some(({ keep }) => keep !== undefined))
  const connections: Connection[] = []
  while (connections.length < load.connections) {
    const some = Math.min(connectsAtOnce, load.connections - connections.length)
    const opened = Array.from({ length: some }, (_, i) =>
      openConnection(load.port, { index: connections.length + i, keepsText, answered }),
    )
    connections.push(...(await Promise.all(opened)))
  }
  return connections
}

type Answered = (connection: Connection, status: string, text: string) => void
type Opening = { index: number; keepsText: boolean; answered: Answered }

/**
 * Connects, and tells of every answer once its last byte is here. The body is handed on only where
 * somebody looks into it.
 */
async function openConnection(
  port: number,
  { index, keepsText, answered }: Opening,
): Promise<Connection> {
  let text = ''
  let status = ''
  let bytesMissing = 0
  let inBody = false
  const buffer = Buffer.allocUnsafe(8192)
  const read = (bytes: number): boolean => {
    if (inBody) {
      bytesMissing -= bytes
      if (keepsText) text += buffer.toString('latin1', 0, bytes)
    } else {
      text += buffer.toString('latin1', 0, bytes)
      const headEnd = text.indexOf('\r\n\r\n')
      if (headEnd < 0) return true
      inBody = true
      status = text.slice(9, 12)
      const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0)
      bytesMissing = headEnd + 4 + length - text.length
    }
    if (bytesMissing > 0) return true
    const whole = text
    text = ''
    inBody = false
    answered(connection, status, whole)
    return true
  }
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: { buffer, callback: read },
  })
  const connection = { socket, index, buyer: 0, flow: [], at: 0, sentAt: 0, kept: {} }
  await once(socket, 'connect')
  return connection
}

const bucketsPerMs = 20
const latencyMsMax = 20_000

type StepCount = { latencies: Uint32Array; statuses: Record<string, number>; maxMs: number }

function newCounts() {
  const steps = new Map<string, StepCount>()
  const bucketsMax = latencyMsMax * bucketsPerMs
  return {
    broken: 0,
    withoutRetryAfter: 0,
    inTime: 0,

    note(step: string, status: string, millis: number, inTime: boolean): void {
      let count = steps.get(step)
      if (!count) {
        count = { latencies: new Uint32Array(bucketsMax), statuses: {}, maxMs: 0 }
        steps.set(step, count)
      }
      count.statuses[status] = (count.statuses[status] ?? 0) + 1
      count.latencies[Math.min(Math.floor(millis * bucketsPerMs), bucketsMax - 1)]! += 1
      if (millis > count.maxMs) count.maxMs = millis
      if (inTime) this.inTime++
    },

    result() {
      const all: StepCount = { latencies: new Uint32Array(bucketsMax), statuses: {}, maxMs: 0 }
      for (const { latencies, statuses, maxMs } of steps.values()) {
        latencies.forEach((count, i) => count > 0 && (all.latencies[i]! += count))
        for (const [status, count] of Object.entries(statuses)) {
          all.statuses[status] = (all.statuses[status] ?? 0) + count
        }
        all.maxMs = Math.max(all.maxMs, maxMs)
      }
      const each = [...steps].map(([name, { statuses, ...rest }]) => [
        name,
        { statuses, ...latencyOf(rest) },
      ])
      return {
        ...latencyOf(all),
        statuses: all.statuses,
        steps: Object.fromEntries(each) as LoadResult['steps'],
        broken: this.broken,
        withoutRetryAfter: this.withoutRetryAfter,
      }
    },
  }
}

function latencyOf({ latencies, maxMs }: Omit<StepCount, 'statuses'>): Latency {
  const sum = latencies.reduce((total, count) => total + count, 0)
  const quantile = (share: number): number => {
    const wanted = share * sum
    let seen = 0
    const bucket = latencies.findIndex((count) => (seen += count) >= wanted)
    return (bucket + 1) / bucketsPerMs
  }
  return {
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
    p99Ms: quantile(0.99),
    maxMs: Number(maxMs.toFixed(1)),
  }
}

// A process of its own, on bare sockets: what it costs is taken from the server on the same cores.
// A connection has one request under way at a time, so that at the end exactly what was sent was
// answered.
if (import.meta.main) {
  const load = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Load
  console.log(JSON.stringify(await run(load)))
}
