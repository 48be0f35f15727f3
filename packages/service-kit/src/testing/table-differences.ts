import type { SqlClient } from '@outrider/common';
import type { Column } from '../database/index.js';

const COLUMNS = `SELECT c.relname AS "table", a.attname AS name, format_type(a.atttypid, NULL) AS type, NOT a.attnotnull AS nullable
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relname = ANY($1) AND c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 AND NOT a.attisdropped`;

interface SchemaColumn {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

/**
 * Holds mappings against the database's own catalogue. One line for each column that only one of them knows, that has
 * another type, or that may be NULL and is read as if it could not.
 *
 * @param unmapped columns, as table.column, that the database sets or that belong to another statement, each for a reason
 */
export async function tableDifferences(
  sql: SqlClient,
  tables: readonly { readonly name: string; readonly columns: object }[],
  unmapped: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await sql.query<SchemaColumn>(COLUMNS, [[...new Set(tables.map(({ name }) => name))]]);
  const stored = new Map(rows.map((row) => [`${row.table}.${row.name}`, row]));
  const mapped = new Map(
    tables.flatMap(({ name, columns }) =>
      (Object.values(columns) as Column<unknown>[]).map((column) => [`${name}.${column.name}`, column]),
    ),
  );
  const left = new Set(unmapped);
  return [
    ...[...stored.keys()].filter((key) => !mapped.has(key) && !left.has(key)).map((key) => `${key} is in no mapping`),
    ...[...left].filter((key) => !stored.has(key) || mapped.has(key)).map((key) => `${key} is not left out`),
    ...[...mapped].flatMap(([key, { type, nullable }]) => {
      const column = stored.get(key);
      if (column === undefined) return [`${key} is not in the database`];
      return [
        ...(column.type === type ? [] : [`${key} is of type ${column.type}, not ${type}`]),
        ...(column.nullable && !nullable ? [`${key} may be NULL`] : []),
      ];
    }),
  ];
}
