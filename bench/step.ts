/** Stands in a request where each buyer's own number goes. */
export const buyerNumber = 'NNNNNNNNNN'

/**
 * One request of a buyer. In its path, headers and body `buyerNumber` stands for the number of the
 * buyer, `{{line}}` for the line of the load's file that belongs to this buyer or connection, and
 * `{{name}}` for what an earlier step kept.
 */
export type Step = {
  name: string
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: string
  /** What later steps need: the first group of a regular expression, found in head or body. */
  keep?: Record<string, string>
}
