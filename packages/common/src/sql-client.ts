/**
 * A database connection or transaction that runs plain SQL; a `pg` client or pool fits as it is. Parameters are $1, $2, …
 * and never become part of the text.
 */
export interface SqlClient {
  query<R extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: R[]; rowCount: number | null }>;
}
