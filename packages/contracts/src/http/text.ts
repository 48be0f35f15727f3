import { z } from 'zod';

// PostgreSQL stores no NUL, and lone surrogates are not UTF-8: both would be a 500 at the database. The pattern stands in
// the published schemas: written as ranges, not as \p{Cc}, and without the surrogates, since readers in other languages
// know neither; what is sent in UTF-8 has none but by an escape of JSON.
const LINE = String.raw`[^\u0000-\u001f\u007f-\u009f]*`;
const WITHOUT_CONTROLS = new RegExp(`^${LINE}$`, 'u');

/**
 * One line of text from a client: between `min` and `max` characters, no control characters. Characters are counted as
 * JSON Schema counts them: one beyond the basic plane is one, not the two that JavaScript keeps it in.
 */
export function text(min: number, max: number) {
  return line(min, max).regex(WITHOUT_CONTROLS).meta({ minLength: min, maxLength: max });
}

// Spaces, controls, what joins, directs or varies other characters, fillers (Hangul, Braille), private use, and the large
// parts of Unicode that have no characters yet. Unicode as of version 16.
const UNSEEN = `0-20 7f-a0 ad 34f 61c 115f-1160 1680 17b4-17b5 180b-180f 2000-200f 2028-202f 205f-206f 2800 3000 3164
  e000-f8ff fe00-fe0f feff ffa0 fff0-fffb fffe-ffff 12544-12f8f 14647-160ff 1613a-167ff 16b90-16d3f 18df3-1afef 1b2fc-1bbff
  1bca0-1cbff 1d173-1d17a 1dab0-1deff 1e150-1e28f 1e300-1e4cf 1e960-1ec70 1eef2-1efff 1fbfb-1ffff 2ee5e-2f7ff 2fa1e-2ffff
  3347a-10ffff`;
const UNSEEN_CLASS = UNSEEN.split(/[\s]+/u).map(characterRange).join('');
// One pattern and not two: a generator of texts from the published schema would make them by the one and discard nearly
// all by the other.
const SEEN_LINE = new RegExp(`^${LINE}[^${UNSEEN_CLASS}]${LINE}$`, 'u');

/** A name or a reason: a line of text with at least one visible character. */
export function label(min: number, max: number) {
  return (
    line(min, max)
      .refine((value) => SEEN_LINE.test(value), 'must have a visible character')
      // as a schema of its own: readers that know no characters beyond the basic plane in a pattern leave that one out
      .meta({ minLength: min, maxLength: max, allOf: [{ pattern: SEEN_LINE.source }] })
  );
}

function line(min: number, max: number) {
  return z
    .string()
    .refine((value) => hasLength(value, min, max), `must have ${min} to ${max} characters`)
    .refine((value) => WITHOUT_CONTROLS.test(value), { error: 'must not contain control characters', abort: true })
    .refine((value) => value.isWellFormed(), { error: 'must not contain lone surrogates', abort: true });
}

/** A range of characters, given in hexadecimal, as the patterns of JSON Schema have it: four digits, or the character itself. */
function characterRange(range: string): string {
  const name = (hex: string): string =>
    hex.length > 4 ? String.fromCodePoint(Number.parseInt(hex, 16)) : `\\u${hex.padStart(4, '0')}`;
  return range.split('-').map(name).join('-');
}

function hasLength(value: string, min: number, max: number): boolean {
  if (value.length > 2 * max) return false;
  let length = 0;
  for (const _ of value) length += 1;
  return length >= min && length <= max;
}
