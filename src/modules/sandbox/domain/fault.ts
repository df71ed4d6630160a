/** What can befall a call of the merchant. */
export const callFaults = [
  /** It is not heard, and never answered. */
  'no-answer',
  /** Refused with `detail.status`, 500 by default, before anything is done. */
  'error',
  /** As `error`, 502 by default, with a page instead of JSON. */
  'html-error',
  'rate-limit',
  /** What was asked is done, but the answer never arrives. */
  'answer-lost',
  /** What the call makes is paid at once, and its webhooks arrive before the answer. */
  'webhook-before-answer',
] as const

/** What can become of what a call asks for. */
export const contentFaults = ['other-va-number', 'refund-fails'] as const

/** What can befall a webhook. */
export const webhookFaults = [
  /** It waits until it is released. */
  'hold',
  /** It leaves `detail.seconds` later. */
  'delay',
  'drop',
  'duplicate',
  /** With a wrong token or signature. */
  'forge',
  'no-webhook-id',
] as const

export const faultNames = [...callFaults, ...contentFaults, ...webhookFaults]
export type FaultName = (typeof faultNames)[number]

export type Fault = {
  id: string
  fault: FaultName
  /** The operation it befalls, or the event of a webhook; null: any. */
  operation: string | null
  /** Only what is about this reference or id; null: anything. */
  about: string | null
  timesLeft: number
  detail: { seconds?: number; status?: number }
}

export type Occasion = { names: readonly FaultName[]; operation: string; about: string[] }

export const befalls = (fault: Fault, { names, operation, about }: Occasion): boolean =>
  names.includes(fault.fault) &&
  (fault.operation === null || fault.operation === operation) &&
  (fault.about === null || about.includes(fault.about))
