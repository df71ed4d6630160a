import type { FastifyReply } from 'fastify'
import type pg from 'pg'
import type { Result } from '../../../../kernel/result.ts'
import { platformProblems, refuse } from '../../../../platform/problems.ts'
import type { Event } from '../../domain/event.ts'
import type { CatalogPorts } from '../../ports.ts'
import { catalogProblems } from '../problems.ts'
import type { ReadyAnswers } from '../ready-answers.ts'

/** What catalog's routes work with. */
export type RouteContext = {
  ports: CatalogPorts
  pool: pg.Pool
  answers: ReadyAnswers
  /** Resolves once the next reader here and, usually, the next buyer meet a change. */
  afterChange(event: Event): Promise<void>
}

export const problems = { ...platformProblems, ...catalogProblems }

/** Who may change an event is decided per event; a key must also have been given the scope. */
export const changing = { access: 'signed-in', scope: 'events:write' } as const

/** Answers a change once the next reader here and, usually, the next buyer meet it. */
export async function answerChange(
  { afterChange }: RouteContext,
  reply: FastifyReply,
  result: Result<Event, { kind: keyof typeof problems }>,
  answer: (event: Event) => FastifyReply,
): Promise<FastifyReply> {
  if (!result.ok) return refuse(reply, problems, result.error)
  await afterChange(result.value)
  return answer(result.value)
}
