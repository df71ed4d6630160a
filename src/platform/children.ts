import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import os from 'node:os'
import type { Logger } from './logger.ts'
import { counter } from './metrics.ts'

/** What a process tells one that it started, and what it hears back. Both may ask for metrics. */
export type ToChild<Start> =
  { type: 'start'; start: Start } | { type: 'wake' } | { type: 'stop' } | Asking
type FromChild = { type: 'wake' } | Asking

export type Child = AsyncDisposable & {
  name: string
  wake(): void
  /** What the child answers to the question; undefined when it does not in time, or is gone. */
  ask<Answer>(): Promise<Answer | undefined>
}

export type ChildOptions<Start> = {
  /** The program, what it is to be, and its name in log and metrics; without one, its role. */
  program: string
  role: string
  name?: string
  start: Start
  log: Logger
  /** Leaves the processor to the others when all want it. */
  yields?: boolean
  onWake?(): void
  /** Answers what the child asks. */
  onAsk?(): Promise<unknown>
}

const restarts = counter(
  'karcis_process_restarts_total',
  'How often a process that had ended by itself was started again.',
  'child',
)

const stopMillisMax = 10_000
/** Buyers wait for one that died, so the first start comes almost at once. */
const pauseMillisMin = 250
/** One that dies again and again costs a start each time; longer, and buyers would wait for it. */
const pauseMillisMax = 5_000
/** Whoever lived so long did not die of how it starts. */
const stableMillis = 5_000

/** Keeps a child process running until it is disposed of: one that ends is started again. */
export function keepChild<Start>(options: ChildOptions<Start>): Child {
  const { program, role, name = role, start, log } = options
  restarts.inc({ child: name }, 0)
  let child: ChildProcess
  let stopping = false
  let pauseMillis = 0
  let restart: NodeJS.Timeout | undefined

  const tell = (message: ToChild<Start>) => {
    if (child.connected) child.send(message, () => {})
  }
  const questions = asking(tell, async () => options.onAsk?.(), answerMillisMax)

  function launch(): void {
    const startedAt = Date.now()
    // In a group of its own, it does not get the Ctrl-C of the terminal; its parent says when to end.
    child = fork(program, [role, name], { serialization: 'advanced', detached: true })
    child.on('error', (err) => log.error({ err }, `the ${name} process failed`))
    child.on('message', (message: FromChild) => {
      if (message.type === 'wake') options.onWake?.()
      else questions.hear(message)
    })
    child.once('exit', (code, signal) => {
      if (stopping) return
      const stable = Date.now() - startedAt > stableMillis
      const doubled = stable ? 0 : Math.min(pauseMillis * 2, pauseMillisMax)
      pauseMillis = Math.max(doubled, pauseMillisMin)
      log.error({ code, signal }, `the ${name} process ended; again in ${pauseMillis / 1_000} s`)
      restarts.inc({ child: name })
      restart = setTimeout(launch, pauseMillis)
    })
    if (options.yields) yieldProcessor(child)
    tell({ type: 'start', start })
  }
  const endAtOnce = () => void child.kill('SIGKILL')

  launch()
  process.once('exit', endAtOnce)
  return {
    name,
    wake: () => tell({ type: 'wake' }),
    ask: questions.ask,
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
  /** As the child's, the other way round. */
  ask<Answer>(): Promise<Answer | undefined>
  onAsk(answer: () => Promise<unknown>): void
}

/** The other end, in the child, which obeys its parent and no signal but SIGKILL. */
export async function listenToParent<Start>(): Promise<Parent<Start>> {
  const stopping = new AbortController()
  const woken: (() => void)[] = []
  const started = Promise.withResolvers<Start>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

  let answer = async (): Promise<unknown> => undefined
  const questions = asking<FromChild>(
    (message) => void (process.connected && process.send?.(message, () => {})),
    () => answer(),
    // The parent may have to wait for another child first.
    2 * answerMillisMax,
  )
  const stopped = Promise.withResolvers<void>()
  const stop = () => {
    stopping.abort()
    stopped.resolve()
    setTimeout(() => process.exit(1), stopMillisMax).unref()
  }
  process.once('disconnect', stop)
  process.on('message', (message: ToChild<Start>) => {
    if (message.type === 'start') started.resolve(message.start)
    else if (message.type === 'stop') stop()
    else if (message.type === 'wake') for (const listener of woken) listener()
    else questions.hear(message)
  })
  return {
    start: await started.promise,
    signal: stopping.signal,
    stopped: stopped.promise,
    stop,
    onWake: (listener) => void woken.push(listener),
    wake: () => void process.send?.({ type: 'wake' } satisfies FromChild),
    ask: questions.ask,
    onAsk: (answerWith) => {
      answer = answerWith
    },
  }
}

type Asking =
  { type: 'ask'; question: number } | { type: 'answer'; question: number; said: unknown }

const answerMillisMax = 1_000

/** Questions over a channel that carries messages both ways; there is only one thing to ask. */
function asking<Sent>(
  tell: (message: Sent | Asking) => void,
  answer: () => Promise<unknown>,
  millisMax: number,
) {
  const open = new Map<number, (said: unknown) => void>()
  let last = 0
  return {
    ask: async <Answer>(): Promise<Answer | undefined> => {
      const question = ++last
      const heard = Promise.withResolvers<unknown>()
      open.set(question, heard.resolve)
      const limit = setTimeout(heard.resolve, millisMax)
      tell({ type: 'ask', question })
      const said = await heard.promise
      clearTimeout(limit)
      open.delete(question)
      return said as Answer | undefined
    },
    hear(message: Asking): void {
      const { question } = message
      if (message.type === 'answer') return open.get(question)?.(message.said)
      const say = (said: unknown) => tell({ type: 'answer', question, said })
      answer().then(say, () => say(undefined))
    },
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
