import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { buyerNumber } from './concert.ts'

/** What one load is made of. */
export type Load = {
  port: number
  connections: number
  seconds: number
  /** Begins every Idempotency-Key of this load. */
  name: string
  /** Sent in turn, with `buyerNumber` replaced by the number of the buyer. */
  bodies: string[]
}

export type LoadResult = {
  /** How many answers came with each status, those after the last second included. */
  statuses: Record<string, number>
  /** Connections that broke before their answer came. */
  broken: number
  perSecond: number
  p50Ms: number
  p95Ms: number
  p99Ms: number
  /** What making the load cost. */
  cpuSeconds: number
}

const bucketsPerMs = 20
const latencyMsMax = 20_000

// A process of its own, on bare sockets: what it costs is taken from the server on the same cores.
// Every connection sends its next order when its last one is answered, so that at the end exactly
// what was sent was answered.
if (import.meta.main) {
  const load = JSON.parse(process.argv[2] ?? '') as Load
  console.log(JSON.stringify(await run(load)))
}

async function run({ port, connections, seconds, name, bodies }: Load): Promise<LoadResult> {
  const requests = bodies.map((body) => requestParts(name, body))
  const latencies = new Uint32Array(latencyMsMax * bucketsPerMs)
  const statuses: Record<string, number> = {}
  let buyers = 0
  let inTime = 0
  let broken = 0

  const sockets = await Promise.all(
    Array.from({ length: connections }, () => openConnection(port, answered)),
  )
  const cpuBefore = process.cpuUsage()
  const endAt = performance.now() + seconds * 1000
  await Promise.all(sockets.map((connection) => keepOrdering(connection)))
  const { user, system } = process.cpuUsage(cpuBefore)

  function answered(connection: Connection, status: string): void {
    const now = performance.now()
    statuses[status] = (statuses[status] ?? 0) + 1
    const bucket = Math.floor((now - connection.sentAt) * bucketsPerMs)
    latencies[Math.min(bucket, latencies.length - 1)]! += 1
    if (now < endAt) {
      inTime++
      order(connection, now)
    } else connection.socket.destroy()
  }

  function order(connection: Connection, now: number): void {
    const [head, middle, tail] = requests[buyers % requests.length]!
    const buyer = String(buyers++).padStart(buyerNumber.length, '0')
    connection.sentAt = now
    connection.socket.write(head + buyer + middle + buyer + tail, 'latin1')
  }

  async function keepOrdering(connection: Connection): Promise<void> {
    order(connection, performance.now())
    connection.socket.setTimeout(60_000, () => connection.socket.destroy(new Error('no answer')))
    connection.socket.on('end', () => broken++).on('error', () => broken++)
    await new Promise((resolve) => connection.socket.once('close', resolve))
  }

  return {
    statuses,
    broken,
    perSecond: Math.round(inTime / seconds),
    p50Ms: quantile(latencies, 0.5),
    p95Ms: quantile(latencies, 0.95),
    p99Ms: quantile(latencies, 0.99),
    cpuSeconds: (user + system) / 1e6,
  }
}

/** The request around the two places where the buyer's number goes. */
function requestParts(name: string, body: string): string[] {
  const request = [
    'POST /v1/orders HTTP/1.1',
    'Host: bench.example',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Idempotency-Key: ${name}-${buyerNumber}`,
    '',
    body,
  ].join('\r\n')
  return request.split(buyerNumber)
}

type Connection = { socket: Socket; sentAt: number }

/** Connects, and tells of every answer once its last byte is here. */
async function openConnection(
  port: number,
  answered: (connection: Connection, status: string) => void,
): Promise<Connection> {
  let head = ''
  let status = ''
  let bytesMissing = 0
  const buffer = Buffer.allocUnsafe(8192)
  const read = (bytes: number): boolean => {
    if (bytesMissing > 0) bytesMissing -= bytes
    else {
      head += buffer.toString('latin1', 0, bytes)
      const headEnd = head.indexOf('\r\n\r\n')
      if (headEnd < 0) return true
      status = head.slice(9, 12)
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
      bytesMissing = headEnd + 4 + length - head.length
      head = ''
    }
    if (bytesMissing === 0) answered(connection, status)
    return true
  }
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: { buffer, callback: read },
  })
  const connection = { socket, sentAt: 0 }
  await once(socket, 'connect')
  return connection
}

function quantile(latencies: Uint32Array, share: number): number {
  const wanted = share * latencies.reduce((sum, count) => sum + count, 0)
  let seen = 0
  const bucket = latencies.findIndex((count) => (seen += count) >= wanted)
  return (bucket + 1) / bucketsPerMs
}
