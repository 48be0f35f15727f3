/** The ways in which a text may be written that are not the text itself. */
const FORMS: readonly ((text: string) => string)[] = [
  (text) => text,
  encodeURIComponent,
  escaped,
  (text) => escaped(escaped(text)),
  // at each of the three places where a text may begin in what is encoded, without the characters that depend on its surroundings
  (text) => Buffer.from(text).toString('base64').slice(0, -4),
  (text) => Buffer.from(`x${text}`).toString('base64').slice(4, -4),
  (text) => Buffer.from(`xx${text}`).toString('base64').slice(4, -4),
];

/** As it stands in a string of JSON. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/**
 * The lines in which something stands that is nobody's business, in any case of letters, in a URL, in JSON, or in base64.
 *
 * @param written logs, metrics and spans as they were written
 * @param secrets each of eight characters or more; an empty one stands for what is not there
 */
export function leaksIn(written: string, secrets: readonly string[]): readonly string[] {
  const sought = secrets.filter((secret) => secret !== '');
  const short = sought.filter(({ length }) => length < 8);
  if (short.length > 0) throw new Error(`too short to be sought: ${short.join()}`);
  const forms = new Set(sought.flatMap((secret) => FORMS.map((form) => form(secret).toLowerCase())));
  return written.split('\n').filter((line) => {
    const lower = line.toLowerCase();
    return [...forms].some((form) => lower.includes(form));
  });
}
