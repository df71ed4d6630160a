import { Type, type Static } from 'typebox'
import type { MessageOf } from '../../kernel/message.ts'

/** The facts integration reports. Fields are only ever added; a changed meaning is a new type. */
export const integrationMessages = {
  'endpoint.disabled': Type.Object(
    {
      endpointId: Type.String(),
      ownerId: Type.String(),
      url: Type.String(),
      reason: Type.Union([Type.Literal('gone'), Type.Literal('failing')]),
    },
    { description: 'An endpoint for webhooks is sent nothing more; its owner must know.' },
  ),
} as const

export type IntegrationMessage = MessageOf<{
  [T in keyof typeof integrationMessages]: Static<(typeof integrationMessages)[T]>
}>
