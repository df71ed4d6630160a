import type { Message } from './message.ts'
import type { Result } from './result.ts'

/** What a pure decision yields: the next state, and the messages that this change causes. */
export type Decision<State, M extends Message = never> = { state: State; messages: M[] }

/**
 * Keeps one kind of aggregate. `update` loads the current state, runs the decision, and saves the
 * new state together with its messages in one transaction, so a message exists if and only if the
 * change that caused it was committed. Decisions on the same id run one after another.
 *
 * The decision is synchronous on purpose: nothing can be awaited while the row is locked. A
 * decision that returns the state it was given, and no messages, writes nothing.
 */
export type Store<State, M extends Message = never> = {
  find(id: string): Promise<State | undefined>
  update<E>(
    id: string,
    decide: (current: State | undefined) => Result<Decision<State, M>, E>,
  ): Promise<Result<State, E>>
}
