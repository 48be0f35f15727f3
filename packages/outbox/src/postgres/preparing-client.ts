/** A connection that prepares a statement once, under its name, and gives rows as arrays: less to parse, less to make. */
export interface PreparingClient {
  rows<R extends unknown[]>(name: string, text: string, values: readonly unknown[]): Promise<R[]>;
}
