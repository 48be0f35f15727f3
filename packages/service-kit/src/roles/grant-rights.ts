import type { SqlClient } from '@outrider/common';
import { readCatalogue, type GrantedObject } from './catalogue.js';
import { rightsOn, ROLE_KINDS, type Right, type RoleKind } from './rights.js';

/** The names of the roles; those that are not named get nothing and lose nothing. */
export type RoleNames = Readonly<Record<RoleKind, string | undefined>>;

/** Session settings of a role, `name: value`. A pooler keeps them from being given with a connection. */
export type RoleSettings = Readonly<Record<RoleKind, Readonly<Record<string, string>>>>;

/** Thrown before anything is changed when a role cannot be given rights. */
export class RoleError extends Error {
  override readonly name = 'RoleError';
  readonly code = 'ROLE_UNUSABLE';
}

/** Statements that give roles what they need and take away what they do not; none where all is right already. */
export interface RightsPlan {
  readonly rights: readonly string[];
  /** only an administrator may run these where the roles were not created by the role that migrates */
  readonly settings: readonly string[];
}

/**
 * What is to be granted and revoked in this database. Looks only.
 * @param appendOnly tables of the service in which nothing is changed once it is written
 * @throws RoleError when a role does not exist, is named twice, or is the one that migrates
 */
export async function planRights(
  sql: SqlClient,
  roles: RoleNames,
  settings: RoleSettings,
  appendOnly: ReadonlySet<string>,
): Promise<RightsPlan> {
  const plan = { rights: [] as string[], settings: [] as string[] };
  if (ROLE_KINDS.every((kind) => roles[kind] === undefined)) return plan;
  await assertUsable(sql, roles);
  const catalogue = await readCatalogue(sql);
  for (const kind of ROLE_KINDS) {
    const role = roles[kind];
    if (role === undefined) continue;
    plan.rights.push(...(await schemaGrant(sql, role)));
    for (const object of catalogue) plan.rights.push(...changes(role, object, rightsOn(kind, object, appendOnly)));
    plan.settings.push(...(await missingSettings(sql, role, settings[kind])));
  }
  return plan;
}

/**
 * Carries a plan out, in the transaction of `sql`, as the owner of the schema.
 * @returns the settings that were refused: an administrator must run them
 */
export async function grantRights(sql: SqlClient, plan: RightsPlan): Promise<string[]> {
  for (const statement of plan.rights) await sql.query(statement);
  const refused: string[] = [];
  for (const statement of plan.settings) if (!(await allowed(sql, statement))) refused.push(statement);
  return refused;
}

async function assertUsable(sql: SqlClient, roles: RoleNames): Promise<void> {
  const names = ROLE_KINDS.flatMap((kind) => (roles[kind] === undefined ? [] : [roles[kind]]));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new RoleError(`The role ${twice} is named twice: service, relay and reader need a role each.`);
  }
  const { rows } = await sql.query<{ name: string; there: boolean; own: boolean }>(
    `SELECT n AS name, r.oid IS NOT NULL AS there, n=current_user AS own FROM unnest($1::text[]) n LEFT JOIN pg_roles r ON r.rolname=n`,
    [names],
  );
  const missing = rows.filter(({ there }) => !there).map(({ name }) => name);
  if (missing.length > 0) throw new RoleError(`There is no role named ${missing.join(', ')}: create it first.`);
  const own = rows.find((row) => row.own);
  if (own !== undefined) {
    throw new RoleError(
      `The role ${own.name} is the one that migrates: it owns the schema, and nothing can be kept from it.`,
    );
  }
}

async function schemaGrant(sql: SqlClient, role: string): Promise<string[]> {
  const { rows } = await sql.query<{ name: string; allowed: boolean }>(
    `SELECT current_schema() AS name, has_schema_privilege($1, current_schema(), 'USAGE') AS allowed`,
    [role],
  );
  return rows.flatMap(({ name, allowed: has }) =>
    has ? [] : [`GRANT USAGE ON SCHEMA ${quoted(name)} TO ${quoted(role)}`],
  );
}

function changes(role: string, object: GrantedObject, wanted: readonly Right[]): string[] {
  const has = object.granted[role] ?? [];
  const on = `${ON[object.kind]} ${object.kind === 'function' ? object.name : quoted(object.name)}`;
  const missing = wanted.filter((right) => !has.includes(right));
  const tooMany = has.filter((right) => !wanted.includes(right));
  return [
    ...(missing.length === 0 ? [] : [`GRANT ${missing.join(', ')} ON ${on} TO ${quoted(role)}`]),
    ...(tooMany.length === 0 ? [] : [`REVOKE ${tooMany.join(', ')} ON ${on} FROM ${quoted(role)}`]),
  ];
}

const ON = { table: 'TABLE', view: 'TABLE', sequence: 'SEQUENCE', function: 'FUNCTION' } as const;

/** Statements for those settings that the role does not have yet in this database. */
async function missingSettings(
  sql: SqlClient,
  role: string,
  settings: Readonly<Record<string, string>>,
): Promise<string[]> {
  const { rows } = await sql.query<{ database: string; settings: string[] }>(
    `SELECT current_database() AS database, coalesce((SELECT s.setconfig FROM pg_db_role_setting s
       JOIN pg_database d ON d.oid=s.setdatabase AND d.datname=current_database()
       JOIN pg_roles r ON r.oid=s.setrole AND r.rolname=$1), '{}') AS settings`,
    [role],
  );
  const [{ database, settings: has } = { database: '', settings: [] as string[] }] = rows;
  return Object.entries(settings)
    .filter(([name, value]) => !has.includes(`${name}=${value}`))
    .map(
      ([name, value]) => `ALTER ROLE ${quoted(role)} IN DATABASE ${quoted(database)} SET ${name} = ${literal(value)}`,
    );
}

const INSUFFICIENT_PRIVILEGE = '42501';

/** Runs a statement that may be an administrator's to run. */
async function allowed(sql: SqlClient, statement: string): Promise<boolean> {
  await sql.query('SAVEPOINT role_setting');
  try {
    await sql.query(statement);
    await sql.query('RELEASE SAVEPOINT role_setting');
    return true;
  } catch (error) {
    await sql.query('ROLLBACK TO SAVEPOINT role_setting');
    if (error instanceof Error && 'code' in error && error.code === INSUFFICIENT_PRIVILEGE) return false;
    throw error;
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
