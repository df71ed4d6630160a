import { Type } from 'typebox'

/** What may be absent is null in an answer, so that its fields are always the same. */
export const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])

/** An answer that is no JSON: a file, or a stream. */
export const content = <MediaType extends string>(mediaType: MediaType, description: string) => ({
  description,
  content: {
    [mediaType]: { schema: Type.Unsafe<unknown>({ type: 'string', contentMediaType: mediaType }) },
  },
})
