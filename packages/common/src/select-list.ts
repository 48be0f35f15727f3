/** For each field of a row the SQL that it is selected by. */
export type Selected<R> = { readonly [K in keyof R]-?: string };

/**
 * What to select so that the rows are of the type R. A field without its SQL does not compile, where in a list beside a
 * type that is written by hand it would be missing at run time.
 */
export function selectList<R extends object>(fields: Selected<R>): string {
  return Object.entries<string>(fields)
    .map(([name, sql]) => `${sql} AS "${name}"`)
    .join(', ');
}

/** The same as one JSON object. */
export function jsonObject<R extends object>(fields: Selected<R>): string {
  const pairs = Object.entries<string>(fields).map(([name, sql]) => `'${name}', ${sql}`);
  return `json_build_object(${pairs.join(', ')})`;
}

/** The same as a JSON array of all rows; empty without any. */
export function jsonRows<R extends object>(fields: Selected<R>): string {
  return `coalesce(json_agg(${jsonObject<R>(fields)}), '[]')`;
}
