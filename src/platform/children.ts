import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import os from 'node:os'
import type { Logger } from './logger.ts'

/** What a process tells one that it started, and what it hears back. */
export type ToChild<Start> = { type: 'start'; start: Start } | { type: 'wake' } | { type: 'stop' }
type FromChild = { type: 'wake' }

export type Child = AsyncDisposable & { wake(): void }

export type ChildOptions<Start> = {
  /** The program, and what it is to be; also its name in the log. */
  program: string
  role: string
  start: Start
  log: Logger
  /** Leaves the processor to the others when all want it. */
  yields?: boolean
  onWake?(): void
}

const stopMillisMax = 10_000
const pauseMillisMax = 30_000
/** Whoever lived so long did not die of how it starts. */
const stableMillis = 5_000

/** Keeps a child process running until it is disposed of: one that ends is started again. */
export function keepChild<Start>(options: ChildOptions<Start>): Child {
  const { program, role, start, log } = options
  let child: ChildProcess
  let stopping = false
  let pauseMillis = 500
  let restart: NodeJS.Timeout | undefined

  const tell = (message: ToChild<Start>) => {
    if (child.connected) child.send(message, () => {})
  }

  function launch(): void {
    const startedAt = Date.now()
    // In a group of its own, it does not get the Ctrl-C of the terminal; its parent says when to end.
    child = fork(program, [role], { serialization: 'advanced', detached: true })
    child.on('error', (err) => log.error({ err }, `the ${role} process failed`))
    child.on('message', (message: FromChild) => {
      if (message.type === 'wake') options.onWake?.()
    })
    child.once('exit', (code, signal) => {
      if (stopping) return
      const stable = Date.now() - startedAt > stableMillis
      pauseMillis = stable ? 1_000 : Math.min(pauseMillis * 2, pauseMillisMax)
      log.error({ code, signal }, `the ${role} process ended; again in ${pauseMillis / 1_000} s`)
      restart = setTimeout(launch, pauseMillis)
    })
    if (options.yields) yieldProcessor(child)
    tell({ type: 'start', start })
  }
  const endAtOnce = () => void child.kill('SIGKILL')

  launch()
  process.once('exit', endAtOnce)
  return {
    wake: () => tell({ type: 'wake' }),
    async [Symbol.asyncDispose]() {
      stopping = true
      clearTimeout(restart)
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit')
        tell({ type: 'stop' })
        const limit = setTimeout(endAtOnce, stopMillisMax)
        await exit
        clearTimeout(limit)
      }
      process.off('exit', endAtOnce)
    },
  }
}

function yieldProcessor({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) os.setPriority(pid, os.constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It has ended already, which its 'exit' tells.
  }
}

export type Parent<Start> = {
  start: Start
  /** Aborted when the parent says stop, or is gone. */
  signal: AbortSignal
  stopped: Promise<void>
  stop(): void
  onWake(listener: () => void): void
  wake(): void
}

/** The other end, in the child, which obeys its parent and no signal but SIGKILL. */
export async function listenToParent<Start>(): Promise<Parent<Start>> {
  const stopping = new AbortController()
  const woken: (() => void)[] = []
  const started = Promise.withResolvers<Start>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

  const stopped = Promise.withResolvers<void>()
  const stop = () => {
    stopping.abort()
    stopped.resolve()
    setTimeout(() => process.exit(1), stopMillisMax).unref()
  }
  process.once('disconnect', stop)
  process.on('message', (message: ToChild<Start>) => {
    if (message.type === 'start') started.resolve(message.start)
    if (message.type === 'stop') stop()
    if (message.type === 'wake') for (const listener of woken) listener()
  })
  return {
    start: await started.promise,
    signal: stopping.signal,
    stopped: stopped.promise,
    stop,
    onWake: (listener) => void woken.push(listener),
    wake: () => void process.send?.({ type: 'wake' } satisfies FromChild),
  }
}

/** Calls at most once in so many milliseconds, and never forgets the last call. */
export function debounced(call: () => void, millis: number): () => void {
  let timer: NodeJS.Timeout | undefined
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined
      call()
    }, millis)
  }
}
