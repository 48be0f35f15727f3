import { z } from 'zod';

// PostgreSQL stores no NUL, and lone surrogates are not UTF-8: both would be a 500 at the database. The pattern stands in
// the published schemas: written as ranges, not as \p{Cc}, and without the surrogates, since readers in other languages
// know neither; what is sent in UTF-8 has none but by an escape of JSON.
// oxlint-disable-next-line no-control-regex
const WITHOUT_CONTROLS = /^[^\u0000-\u001f\u007f-\u009f]*$/u;

/**
 * One line of text from a client: between `min` and `max` characters, no control characters. Characters are counted as
 * JSON Schema counts them: one beyond the basic plane is one, not the two that JavaScript keeps it in.
 */
export function text(min: number, max: number) {
  return z
    .string()
    .refine((value) => hasLength(value, min, max), `must have ${min} to ${max} characters`)
    .regex(WITHOUT_CONTROLS, 'must not contain control characters')
    .refine((value) => value.isWellFormed(), 'must not contain half a character')
    .meta({ minLength: min, maxLength: max });
}

function hasLength(value: string, min: number, max: number): boolean {
  if (value.length > 2 * max) return false;
  let length = 0;
  for (const _ of value) length += 1;
  return length >= min && length <= max;
}
