/** Fields whose values are never written, however deep they stand. */
const secretFields = [
  'authorization',
  'cookie',
  'x-api-key',
  'x-callback-token',
  'password',
  'currentPassword',
  'newPassword',
  'token',
  'accessToken',
  'refreshToken',
  'secret',
  'email',
  'phone',
  'recipient',
].join('|')

/** What gives a secret or a person away wherever it stands, and what is written instead. */
const patterns: [RegExp, string][] = [
  [new RegExp(String.raw`("(?:${secretFields})":\s*")(?:[^"\\]|\\.)*`, 'g'), '$1[redacted]'],
  // The same in JSON that is itself a text in JSON.
  [
    new RegExp(
      String.raw`(\\"(?:${secretFields})\\":\s*\\")(?:[^"\\]|\\\\(?:\\"|\\\\|[^"\\]))*`,
      'g',
    ),
    '$1[redacted]',
  ],
  [/([?&](?:secret|token|code|email|phone)=)[^&\s"\\]+/g, '$1[redacted]'],
  [/\b(Bearer|Basic) [\w.~+/=-]{8,}/gi, '$1 [redacted]'],
  [/\bxnd_[\w-]+/g, '[key]'],
  // Access tokens and refresh tokens; then tickets' codes and whatever else is too long to be read.
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, '[token]'],
  [/\.\d{1,9}\.[\w-]{43}\b/g, '.[token]'],
  [/(?<![\w/.-])[\w-]{100,}/g, '[code]'],
  [/(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/gi, '[e-mail]'],
  [/(?<![\w.+-])(?:\+[1-9]\d{7,14}|08\d{7,11})(?![\w.])/g, '[phone]'],
]

/**
 * A line of the log without its secrets and without personal data. It is the last thing that
 * happens to a line, so it also finds what an error of a library says in its own words.
 */
export const withoutSecrets = (line: string): string =>
  patterns.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line)
