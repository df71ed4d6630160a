import type { Static } from 'typebox'
import { webhookEvents } from '../../domain/delivery.ts'
import { webhookFaults, type FaultName } from '../../domain/fault.ts'
import { callsThatMeet, type Operation } from '../operations.ts'
import type { addingFault } from './schemas.ts'

/** Why a fault could never befall anything, or would not do what it is told; undefined: it can. */
export function badFault(
  { fault, operation, seconds, status }: Static<typeof addingFault>,
  operations: readonly Operation[],
): string | undefined {
  const known = occasionsOf(fault, operations)
  if (operation !== undefined && !known.includes(operation)) {
    return `operation: what ${fault} can befall is ${known.join(', ')}`
  }
  if (seconds !== undefined && fault !== 'delay') return 'seconds: only delay has them'
  if (status !== undefined && fault !== 'error' && fault !== 'html-error') {
    return 'status: only error and html-error have one'
  }
  return undefined
}

const occasionsOf = (fault: FaultName, operations: readonly Operation[]): readonly string[] =>
  webhookFaults.some((name) => name === fault) ? webhookEvents : callsThatMeet(fault, operations)
