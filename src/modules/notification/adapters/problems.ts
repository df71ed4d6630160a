import type { Problems } from '../../../platform/problems.ts'

/** Every refusal notification can answer. */
export const notificationProblems = {
  'mail-not-found': { status: 404, title: 'There is no such mail.', retry: false },
  'attachment-not-found': {
    status: 404,
    title: 'The mail has no such attachment, or its tickets were revoked.',
    retry: false,
  },
} satisfies Problems
