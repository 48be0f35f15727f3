const LONGEST = 1_000;

/** An error in one line that PostgreSQL can hold: no NUL, not endless. */
export function reasonOf(error: unknown): string {
  let text: string;
  try {
    text = error instanceof Error ? `${codeOf(error)}${error.name}: ${error.message}` : String(error);
  } catch {
    text = 'an error that cannot be shown';
  }
  return cleanReason(text);
}

/** Reasons quote what was sent, and anything may have been sent. */
export function cleanReason(text: string): string {
  const clean = text.replaceAll('\0', '\\0').toWellFormed();
  return clean.length > LONGEST
    ? `${clean.slice(0, LONGEST - 1).toWellFormed()}…`
    : clean === ''
      ? 'no reason given'
      : clean;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? `[${error.code}] ` : '';
}
