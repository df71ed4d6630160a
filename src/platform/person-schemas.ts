import { Type } from 'typebox'

/** How people are named and reached, the same for a user and for the buyer of an order. */
export const person = {
  // Something to see: spaces and characters without a shape alone are no name.
  name: Type.String({ minLength: 1, maxLength: 100, pattern: '[\\p{L}\\p{N}\\p{P}\\p{S}]' }),
  email: Type.String({ format: 'email', maxLength: 254 }),
  phone: Type.String({ pattern: '^\\+?[0-9][0-9 ()-]{4,24}$' }),
}
