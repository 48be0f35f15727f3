/** How the values of a column are read and written. */
export interface Column<V> {
  /** in the database */
  readonly name: string;
  /** PostgreSQL's name of its type, as format_type() has it */
  readonly type: string;
  readonly nullable: boolean;
  /** from what the client gives */
  readonly read: (value: unknown) => V;
  /** to what JSON of the row has */
  readonly write: (value: V) => unknown;
}

/** One row, by column names. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * The one mapping of a table (or of some columns of it): what is selected, what the rows are read as, and what is written
 * follow from it, so that a column cannot be read and not selected, or selected and not read.
 */
export interface Table<T extends object> {
  readonly name: string;
  readonly columns: { readonly [K in keyof T]-?: Column<T[K]> };
  /** the names of its columns, for INSERT */
  readonly names: string;
  /** the names with their types: what json_to_recordset makes of rows that `write` wrote */
  readonly record: string;
  /** what to select so that `read` understands it. @param alias of the table in the statement */
  select(alias: string): string;
  /**
   * What an UPDATE sets: name=from.name, …
   * @param from alias of what has the new values @param kept what stays as it is, such as the key
   */
  assign(from: string, ...kept: readonly (keyof T & string)[]): string;
  read(row: Row): T;
  write(value: T): Row;
  /** the same mapping of some columns */
  pick<K extends keyof T & string>(...keys: readonly K[]): Table<Pick<T, K>>;
}

const as =
  <V>(type: string, read: (value: unknown) => V = (value) => value as V) =>
  (name: string): Column<V> => ({ name, type, nullable: false, read, write: (value) => value });

/** A bigint within the range that numbers hold exactly: amounts, versions. */
export const bigint = as<number>('bigint', Number);
export const boolean = as<boolean>('boolean');
export const integer = as<number>('integer');
/** @param T the values that are stored; the database does not check that */
export const text = <T extends string = string>(name: string): Column<T> => as<T>('text')(name);
export const texts = as<readonly string[]>('text[]');
/** To the millisecond. */
export const time = as<Date>('timestamp with time zone', (value) => new Date(String(value)));
export const uuid = as<string>('uuid');
export const json = <T>(name: string): Column<T> => as<T>('jsonb')(name);

/** The column with NULL for null. */
export function nullable<V>(column: Column<V>): Column<V | null> {
  return {
    ...column,
    nullable: true,
    read: (value) => (value === null ? null : column.read(value)),
    write: (value) => (value === null ? null : column.write(value)),
  };
}

/** The column with NULL for something else, such as an empty list. */
export function absentAs<V>(column: Column<V>, absent: V, isAbsent: (value: V) => boolean): Column<V> {
  return {
    ...column,
    nullable: true,
    read: (value) => (value === null ? absent : column.read(value)),
    write: (value) => (isAbsent(value) ? null : column.write(value)),
  };
}

export function defineTable<T extends object>(name: string, columns: Table<T>['columns']): Table<T> {
  const entries = Object.entries(columns) as [keyof T & string, Column<T[keyof T]>][];
  return {
    name,
    columns,
    names: entries.map(([, column]) => column.name).join(', '),
    record: entries.map(([, column]) => `${column.name} ${column.type}`).join(', '),
    // times as text: the client would read them by the process's own rules
    select: (alias) =>
      entries
        .map(([, { name, type }]) => `${alias}.${name}${type.startsWith('timestamp') ? `::text AS ${name}` : ''}`)
        .join(', '),
    assign: (from, ...kept) =>
      entries
        .filter(([key]) => !kept.includes(key))
        .map(([, { name }]) => `${name}=${from}.${name}`)
        .join(', '),
    read: (row) => Object.fromEntries(entries.map(([key, column]) => [key, column.read(row[column.name])])) as T,
    write: (value) => Object.fromEntries(entries.map(([key, column]) => [column.name, column.write(value[key])])),
    pick: <K extends keyof T & string>(...keys: readonly K[]) => {
      const picked: unknown = Object.fromEntries(keys.map((key) => [key, columns[key]]));
      return defineTable(name, picked as Table<Pick<T, K>>['columns']);
    },
  };
}
