const LONGEST = 1_000;

/** What was thrown, in one text that PostgreSQL can hold: `[code] name: message` of an error. Never throws. */
export function errorText(error: unknown): string {
  let text: string;
  try {
    text = error instanceof Error ? textOf(error) : String(error);
  } catch {
    text = 'an error that cannot be shown';
  }
  return storableText(text);
}

/** A text that a column takes whatever was sent: no NUL, no half a surrogate pair, at most 1,000 characters, not empty. */
export function storableText(text: string): string {
  const clean = text.replaceAll('\0', '\\0').toWellFormed();
  if (clean === '') return 'no reason given';
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST - 1).toWellFormed()}…` : clean;
}

/** The code of a thrown error, as Node.js and PostgreSQL give one: an errno name or a SQLSTATE. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function textOf(error: Error): string {
  const code = errorCode(error);
  return `${code === undefined ? '' : `[${code}] `}${error.name}: ${error.message}`;
}
