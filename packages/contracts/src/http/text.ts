import { z } from 'zod';

// PostgreSQL stores no NUL, and lone surrogates are not UTF-8: both would be a 500 at the database.
const STORABLE = /^[^\p{Cc}\p{Cs}]*$/u;

/** One line of text from a client: between `min` and `max` characters, no control characters. */
export function text(min: number, max: number) {
  return z.string().min(min).max(max).regex(STORABLE, 'must not contain control characters');
}
