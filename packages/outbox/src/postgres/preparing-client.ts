import type pg from 'pg';
import { statementName } from './statement-name.js';

/** A connection that prepares each statement once and gives rows as arrays of PostgreSQL's own texts: less to parse. */
export interface PreparingClient {
  rows<R extends (string | null)[]>(text: string, values: readonly unknown[]): Promise<R[]>;
}

/** A parser for each value of a row is a tenth of what reading a page costs the process; most are wanted as text. */
const AS_TEXT: pg.CustomTypesConfig = { getTypeParser: () => (text: string) => text };

export function preparingClient(client: pg.Client): PreparingClient {
  return {
    rows: async <R extends (string | null)[]>(text: string, values: readonly unknown[]) => {
      const name = statementName(text);
      return (await client.query<R>({ name, text, values: [...values], rowMode: 'array', types: AS_TEXT })).rows;
    },
  };
}
