/** What a secret is replaced by. */
export const REDACTED = '[redacted]';

/**
 * Secrets in a line of JSON, each with what is kept of it. They are searched in the finished line and not by the name of a
 * logged field: they occur in messages, stacks and URLs of errors of other libraries.
 */
const SECRETS: readonly (readonly [pattern: RegExp, kept: string])[] = [
  // a member with such a name, whatever its text
  [
    /("(?:[^"\\]*(?:password|passwd|secret|token|credential|api[-_]?keys?|private[-_]?key)|(?:proxy-)?authorization|(?:set-)?cookie)"\s*:\s*)"(?:[^"\\]|\\.)*"/giu,
    `$1"${REDACTED}"`,
  ],
  // the password of a URL; it may hold what should be encoded, so up to the last @ before the path
  [/(\b[a-z][a-z\d+.-]{0,20}:\/\/[^\s:/?#@"\\]*:)[^\s/"\\]*@/giu, `$1${REDACTED}@`],
  // Authorization: Bearer …, Basic …
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/giu, `$1 ${REDACTED}`],
  // a signed token by itself
  [/(?<![\w-])eyJ[\w-]+\.[\w-]*\.[\w-]*/gu, REDACTED],
  // our API keys; a payment provider's keys
  [/\boutrider_[\w-]{20,}/gu, REDACTED],
  [/\b(?:sk|rk|whsec)_[\w-]{8,}/gu, REDACTED],
];

/** A line without the secrets in it. Still valid JSON: only text within strings is replaced. */
export function redact(line: string): string {
  let clean = line;
  for (const [pattern, kept] of SECRETS) clean = clean.replace(pattern, kept);
  return clean;
}
