import { inboxDayFunctions, inboxRights } from '@outrider/inbox';
import { outboxDayFunctions, outboxRights } from '@outrider/outbox';

/** The kinds of role that work in a service's database. Its owner is another one: the role that migrates. */
export const ROLE_KINDS = ['app', 'relay', 'reader'] as const;
/** `app`: the service itself; `relay`: the outbox-worker; `reader`: the reconciler, and people who look */
export type RoleKind = (typeof ROLE_KINDS)[number];

export const TABLE_RIGHTS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;
export type TableRight = (typeof TABLE_RIGHTS)[number];
export type Right = TableRight | 'USAGE' | 'EXECUTE';

/** A table, view, sequence or function of a database, as its catalogue has it. */
export interface DatabaseObject {
  readonly kind: 'table' | 'view' | 'sequence' | 'function';
  /** a function with its arguments: `outbox_make_days(integer)` */
  readonly name: string;
}

const MIGRATIONS = 'mikro_orm_migrations';
const EVERYTHING: readonly TableRight[] = TABLE_RIGHTS;

/**
 * What a role of a kind needs on an object, and gets, no more and no less.
 * @param appendOnly tables of the service in which nothing is changed once it is written
 */
export function rightsOn(
  role: RoleKind,
  { kind, name }: DatabaseObject,
  appendOnly: ReadonlySet<string>,
): readonly Right[] {
  switch (kind) {
    case 'function':
      return functionsOf(role).includes(name) ? ['EXECUTE'] : [];
    case 'sequence':
      return role === 'app' && !name.startsWith(MIGRATIONS) ? ['SELECT', 'USAGE'] : [];
    case 'table':
    case 'view':
      if (role === 'reader') return ['SELECT'];
      if (role === 'relay') return outboxRights[name]?.relay ?? [];
      if (name === MIGRATIONS || (kind === 'view' && outboxRights[name] === undefined)) return ['SELECT'];
      return outboxRights[name]?.app ?? inboxRights[name] ?? (appendOnly.has(name) ? ['SELECT', 'INSERT'] : EVERYTHING);
  }
}

function functionsOf(role: RoleKind): readonly string[] {
  if (role === 'app') return [...outboxDayFunctions, ...inboxDayFunctions];
  return role === 'relay' ? outboxDayFunctions : [];
}
