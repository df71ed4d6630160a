import type { Answer, Manners } from '../operations.ts'

/** Refuses as Xendit does. */
export const refuse = (status: number, error_code: string, message: string): Answer => ({
  status,
  body: { error_code, message },
})

export const invalid = (errors: string[]): Answer => ({
  status: 400,
  body: {
    error_code: 'API_VALIDATION_ERROR',
    message: 'There was an error with the format submitted to the server.',
    errors,
  },
})

const apiVersion = '2024-11-11'

export const xenditManners = (key: string): Manners => ({
  key,
  unauthorised: refuse(401, 'INVALID_API_KEY', 'The API key is not valid.'),
  malformed: (status, message) => refuse(status, 'INVALID_JSON_FORMAT', message),
  broken: (status) => refuse(status, 'SERVER_ERROR', 'Something went wrong.'),
  rateLimited: {
    ...refuse(429, 'RATE_LIMIT_EXCEEDED', 'Too many requests.'),
    headers: {
      'rate-limit-limit': '60',
      'rate-limit-remaining': '0',
      'rate-limit-reset': '1.5',
    },
  },
  async around(path, { headers }, answer) {
    if (!path.startsWith('/v3/') || headers['api-version'] === apiVersion) return answer()
    return invalid([`the header "api-version" must be ${apiVersion}`])
  },
})
