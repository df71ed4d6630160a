import { Type } from 'typebox'

/** What may be absent is null in an answer, so that its fields are always the same. */
export const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])
