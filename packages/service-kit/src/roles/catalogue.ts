import type { SqlClient } from '@outrider/common';
import type { DatabaseObject, Right } from './rights.js';

/** An object and who may do what with it, beside its owner and everybody's own rights. */
export interface GrantedObject extends DatabaseObject {
  /** by role */
  readonly granted: Readonly<Record<string, readonly Right[]>>;
}

// Partitions are reached through their parents, but the defaults, which the service counts; and sequences of identity columns need no right of their own. Of
// functions those that not everybody may call: the others are PostgreSQL's and extensions' business.
const OBJECTS = `WITH object AS (
  SELECT CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' ELSE 'table' END AS kind, c.relname::text AS name,
    c.relowner AS owner, coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, c.relowner)) AS acl
  FROM pg_class c
  WHERE c.relnamespace=current_schema()::regnamespace AND c.relkind IN ('r','p','v','S') AND (NOT c.relispartition OR c.relname IN ('outbox_event_default','inbox_event_default'))
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid='pg_class'::regclass AND d.objid=c.oid AND d.deptype='i' AND c.relkind='S')
  UNION ALL
  SELECT 'function', p.proname||'('||oidvectortypes(p.proargtypes)||')', p.proowner, p.proacl
  FROM pg_proc p WHERE p.pronamespace=current_schema()::regnamespace AND p.proacl IS NOT NULL)
SELECT kind, name, coalesce((SELECT json_object_agg(role, rights) FROM (
    SELECT r.rolname AS role, json_agg(a.privilege_type ORDER BY a.privilege_type) AS rights
    FROM aclexplode(o.acl) a JOIN pg_roles r ON r.oid=a.grantee WHERE a.grantee<>o.owner GROUP BY r.rolname) g), '{}') AS granted
FROM object o ORDER BY kind, name`;

/** The objects of the current schema, with what is granted on them. */
export async function readCatalogue(sql: SqlClient): Promise<GrantedObject[]> {
  return (await sql.query<{ kind: DatabaseObject['kind']; name: string; granted: Record<string, Right[]> }>(OBJECTS))
    .rows;
}
