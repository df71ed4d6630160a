/** A server that others run for us in earnest, and we ourselves to try things out on one machine. */
export type Service = {
  name: ServiceName
  port: number
  /** Fetches what it needs into `folder`, unless it is there; a start error when that cannot be. */
  install(folder: string): Promise<void>
  /** Makes its settings for the port and says which processes it consists of, in starting order. */
  prepare(place: Place): Promise<Command[]>
  /** What to send to its port, and what it begins to answer once it is ready. */
  probe: { send: Buffer; answer: Buffer }
  /** The settings by which Karcis finds it. */
  setting(port: number): string
  /** Its own tools, run against it. */
  tool(place: Place, name: string, args: string[]): Command | undefined
}

export type ServiceName = 'rabbitmq' | 'kafka' | 'redis'

/** Where one service lives: what is installed for all, and what is its own. */
export type Place = { installed: string; folder: string; port: number }

export type Command = { command: string; args: string[]; env?: Record<string, string> }
