import type { SqlClient } from '@outrider/common';
import { rightsOn, type DatabaseObject, type RoleKind } from './rights.js';

const OBJECTS = `SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END AS kind, c.relname::text AS name,
  array_remove(ARRAY[CASE WHEN has_table_privilege(c.oid,'SELECT') THEN 'SELECT' END,
    CASE WHEN has_table_privilege(c.oid,'INSERT') THEN 'INSERT' END,
    CASE WHEN has_table_privilege(c.oid,'UPDATE') THEN 'UPDATE' END,
    CASE WHEN has_table_privilege(c.oid,'DELETE') THEN 'DELETE' END], NULL) AS rights
FROM pg_class c WHERE c.relnamespace=current_schema()::regnamespace AND c.relkind IN ('r','p','v') AND NOT c.relispartition
ORDER BY c.relname`;

/**
 * What the role of this connection lacks on tables, as `UPDATE on saga`; none when it may do all that its kind needs.
 * Looks only.
 */
export async function missingRights(
  sql: SqlClient,
  kind: RoleKind,
  appendOnly: ReadonlySet<string> = new Set(),
): Promise<string[]> {
  const { rows } = await sql.query<DatabaseObject & { rights: string[] }>(OBJECTS);
  return rows.flatMap((object) => {
    const missing = rightsOn(kind, object, appendOnly).filter((right) => !object.rights.includes(right));
    return missing.length === 0 ? [] : [`${missing.join(', ')} on ${object.name}`];
  });
}
