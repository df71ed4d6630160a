import { ok } from '../kernel/result.ts'
import type { Message } from '../kernel/message.ts'
import type { Store } from '../kernel/store.ts'

/** A Store for tests: same contract as the PostgreSQL one, checked by the same test suite. */
export function memoryStore<State, M extends Message = never>(outbox: M[] = []): Store<State, M> {
  const states = new Map<string, State>()
  return {
    async find(id) {
      return states.get(id)
    },
    async update(id, decide) {
      const decision = decide(states.get(id))
      if (!decision.ok) return decision
      states.set(id, decision.value.state)
      outbox.push(...decision.value.messages)
      return ok(decision.value.state)
    },
  }
}
