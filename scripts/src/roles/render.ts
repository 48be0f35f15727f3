import { ROLE_KINDS, TABLE_RIGHTS, type RoleKind } from '@outrider/service-kit/roles';

/** An object of a database, with the rights of each kind of role as the catalogue has them. */
export interface RoleRow {
  readonly kind: string;
  readonly name: string;
  readonly rights: Readonly<Record<RoleKind, readonly string[]>>;
}

const EVENT_TABLE = /^(?:outbox|inbox)_/u;
const SHARED = new Set(['idempotency_record', 'mikro_orm_migrations']);
const ORDER: readonly string[] = TABLE_RIGHTS;

/** `docs/roles.md`: a table for what all four databases have, and one for each service's own. */
export function renderRoles(databases: Readonly<Record<string, readonly RoleRow[]>>): string {
  const [first = []] = Object.values(databases);
  const isShared = ({ name }: RoleRow): boolean => EVENT_TABLE.test(name) || SHARED.has(name);
  const sections = Object.entries(databases).flatMap(([name, rows]) => [
    `## ${name}`,
    '',
    ...table(rows.filter((row) => !isShared(row))),
    '',
  ]);
  return [...INTRODUCTION, '## Every database', '', ...table(first.filter(isShared)), '', ...sections].join('\n');
}

function table(rows: readonly RoleRow[]): string[] {
  return [
    `| | ${ROLE_KINDS.join(' | ')} |`,
    `|---|${ROLE_KINDS.map(() => '---|').join('')}`,
    ...rows
      .filter(({ rights }) => ROLE_KINDS.some((role) => rights[role].length > 0))
      .map(({ kind, name, rights }) => {
        const what = kind === 'table' ? `\`${name}\`` : `${kind} \`${name}\``;
        return `| ${what} | ${ROLE_KINDS.map((role) => inOrder(rights[role]).join(', ')).join(' | ')} |`;
      }),
  ];
}

const INTRODUCTION = [
  '# Roles of the databases',
  '',
  'Who may do what in each database, as PostgreSQL itself says after `migrate` (`npm run docs:roles` writes this file).',
  'The owner of the schema is the role that migrates, and no process that serves has it. `app` is the service’s role',
  '(`APP_ROLE`), `relay` the outbox-worker’s (`RELAY_ROLE`), `reader` the reconciler’s and that of people who look',
  '(`READER_ROLE`); its transactions are read-only by default. Nobody but the owner may create, alter or drop anything;',
  'the days of the logs are made and dropped by functions that run as the owner. Partitions are reached through their',
  'parents.',
  '',
  'Rows that are changed by hand are changed as the service’s role (`SET ROLE`): a list of changes waits for the open',
  'transactions of that role alone.',
  '',
];

function inOrder(rights: readonly string[]): string[] {
  return [...rights].sort((one, other) => ORDER.indexOf(one) - ORDER.indexOf(other));
}
