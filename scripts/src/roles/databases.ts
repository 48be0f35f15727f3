import { randomBytes } from 'node:crypto';
import { postgresAt } from '@outrider/connections';
import { inventoryAppendOnly, inventoryMigrations } from '@outrider/inventory/migrations';
import { orderAppendOnly, orderMigrations } from '@outrider/order/migrations';
import { paymentMigrations } from '@outrider/payment/migrations';
import { productMigrations } from '@outrider/product/migrations';
import { createOrm, migrate, sqlMigrations, sqlOf, type ServiceMigration } from '@outrider/service-kit/database';
import { eventTables } from '@outrider/service-kit/event-tables';
import { idempotencyMigrations } from '@outrider/service-kit/idempotency';
import { grantRights, planRights, readCatalogue, ROLE_KINDS, type RoleKind } from '@outrider/service-kit/roles';
import { roleSettings } from '@outrider/service-kit/runtime';
import pg from 'pg';
import type { RoleRow } from './render.js';

const SERVICES = {
  order: { migrations: orderMigrations, appendOnly: orderAppendOnly },
  inventory: { migrations: inventoryMigrations, appendOnly: inventoryAppendOnly },
  payment: { migrations: paymentMigrations, appendOnly: [] },
  product: { migrations: productMigrations, appendOnly: [] },
} as const satisfies Record<string, { migrations: readonly ServiceMigration[]; appendOnly: readonly string[] }>;

export type RoleService = keyof typeof SERVICES;
export const ROLE_SERVICES = Object.keys(SERVICES) as RoleService[];

/** The four databases, each owned and migrated by a role that is no superuser, with three roles that work in them. */
export class RoleDatabases implements AsyncDisposable {
  readonly roles: Readonly<Record<RoleKind | 'owner', string>>;
  readonly #run = `roles_${randomBytes(4).toString('hex')}`;
  readonly #databases: string[] = [];

  private constructor(private readonly adminUrl: string) {
    const name = (kind: string): string => `${this.#run}_${kind}`;
    this.roles = { owner: name('owner'), app: name('app'), relay: name('relay'), reader: name('reader') };
  }

  /** @param adminUrl of a superuser */
  static async open(adminUrl: string): Promise<RoleDatabases> {
    const made = new RoleDatabases(adminUrl);
    for (const role of Object.values(made.roles)) {
      await made.admin(`CREATE ROLE ${role} LOGIN PASSWORD 'outrider'`);
    }
    for (const service of ROLE_SERVICES) {
      const name = `${made.#run}_${service}`;
      made.#databases.push(name);
      await made.admin(`CREATE DATABASE ${name} OWNER ${made.roles.owner}`);
      await made.migrate(service);
    }
    return made;
  }

  /** @returns what was granted or revoked, and what only an administrator may set */
  async migrate(service: RoleService): Promise<{ rights: readonly string[]; refused: readonly string[] }> {
    const { migrations, appendOnly } = SERVICES[service];
    const all = [...sqlMigrations([...eventTables, ...idempotencyMigrations]), ...migrations];
    const orm = await createOrm({
      database: postgresAt(this.url(service, 'owner')),
      applicationName: 'test',
      entities: [],
      migrations: all,
      poolSize: 2,
      log: () => {},
    });
    try {
      await migrate(orm, all, 'expand');
      return await orm.em.fork().transactional(async (em) => {
        const plan = await planRights(sqlOf(em), this.roles, roleSettings, new Set(appendOnly));
        return { rights: plan.rights, refused: await grantRights(sqlOf(em), plan) };
      });
    } finally {
      await orm.close();
    }
  }

  url(service: RoleService, role: RoleKind | 'owner'): string {
    const url = new URL(this.adminUrl);
    url.username = this.roles[role];
    url.password = 'outrider';
    url.pathname = `/${this.#run}_${service}`;
    return url.href;
  }

  /** Runs statements in a service's database as one of the roles. */
  async as(role: RoleKind | 'owner', service: RoleService, text: string): Promise<pg.QueryResult> {
    return query(this.url(service, role), text);
  }

  async admin(text: string, service?: RoleService): Promise<pg.QueryResult> {
    const url = new URL(this.adminUrl);
    if (service !== undefined) url.pathname = `/${this.#run}_${service}`;
    return query(url.href, text);
  }

  /** What the catalogue says of each object. */
  async rows(service: RoleService): Promise<RoleRow[]> {
    const client = new pg.Client({ connectionString: this.url(service, 'reader') });
    await client.connect();
    try {
      return (await readCatalogue(client)).map(({ kind, name, granted }) => ({
        kind,
        name,
        rights: Object.fromEntries(
          ROLE_KINDS.map((role) => [role, granted[this.roles[role]] ?? []]),
        ) as RoleRow['rights'],
      }));
    } finally {
      await client.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#databases) await this.admin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    for (const role of Object.values(this.roles)) await this.admin(`DROP ROLE IF EXISTS ${role}`);
  }
}

async function query(url: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}
