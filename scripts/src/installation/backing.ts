import {
  createDatabase,
  createRoles,
  deleteTopicsOf,
  dropDatabase,
  dropRoles,
  mayCreateRoles,
  type Infra,
} from '@outrider/testkit';
import type { Run } from '../run/run-directory.js';
import type { Shop } from '../shop/read-shop.js';
import { readShopTopics } from '../shop/read-shop-topics.js';
import { DATABASE_ROLES, databasesDirectory, writeDatabaseAccess, type DatabaseRole } from './access-files.js';
import type { Backing, RoleNames } from './environment.js';
import { SERVICES, type Service } from './layout.js';
import { allowOnKafka, newPassword, serverDirectory, writeServerAccess, type RunSecurity } from './secure-servers.js';

function databaseName(run: Run, owner: string): string {
  return `outrider_${run.id.replaceAll('-', '_')}_${owner.replaceAll('-', '_')}`;
}

/** Each service has a role of its own; the others work in all four databases. */
function roleNames(run: Run): RoleNames {
  const name = (who: string): string => `outrider_${run.id.replaceAll('-', '_')}_${who}`;
  const app = Object.fromEntries(SERVICES.map((service) => [service, name(service)])) as RoleNames['app'];
  return { owner: name('owner'), app, relay: name('relay'), reader: name('reader') };
}

function allNames({ app, ...others }: RoleNames): string[] {
  return [...Object.values(app), ...Object.values(others)];
}

/**
 * Makes this run's databases and the roles that work in them, and names its topics and Redis keys, so that leftovers of
 * another run never count.
 *
 * @param tell gets a line when everything runs as one role
 * @param security what the servers were started with, when they want TLS
 */
export async function prepareBacking(
  run: Run,
  infra: Infra,
  tell: (line: string) => void,
  security?: RunSecurity,
  shop?: Shop,
): Promise<Backing> {
  const { postgresUrl } = infra;
  const roles = (await mayCreateRoles(postgresUrl)) ? roleNames(run) : undefined;
  // with certificates in use, the worker logs in by one
  const certified = security === undefined ? undefined : roles?.relay;
  const passwords = new Map<string, string>();
  if (roles === undefined) {
    const user = decodeURIComponent(new URL(postgresUrl).username);
    tell(`PostgreSQL: ${user} may not create roles, so all processes run as ${user}`);
  } else {
    for (const name of allNames(roles)) if (name !== certified) passwords.set(name, newPassword());
    await createRoles(
      postgresUrl,
      [...passwords].map(([name, password]) => ({ name, password })),
    );
    if (certified !== undefined) {
      await createRoles(postgresUrl, [{ name: certified }], security?.servers.certificateGroup);
    }
  }
  const made = await Promise.all(
    SERVICES.map(async (service) => [
      service,
      await createDatabase(postgresUrl, databaseName(run, service), roles?.owner),
    ]),
  );
  const databaseUrls = Object.fromEntries(made) as Record<Service, string>;
  const urlsOf = (role: DatabaseRole): Record<Service, string> => {
    if (roles === undefined) return databaseUrls;
    const urls = SERVICES.map((service) => {
      const url = new URL(databaseUrls[service]);
      url.username = role === 'app' ? roles.app[service] : roles[role];
      url.password = passwords.get(url.username) ?? '';
      return [service, url.href];
    });
    return Object.fromEntries(urls) as Record<Service, string>;
  };
  for (const role of DATABASE_ROLES) {
    const certificate =
      role === 'relay' && certified !== undefined ? await security?.authority.issue({ name: certified }) : undefined;
    await writeDatabaseAccess(databasesDirectory(run, role), urlsOf(role), certificate);
  }
  const shopUrls: Record<string, string> = {};
  for (const name of Object.keys(shop?.processes ?? {})) {
    // in local runs only, and by the administrator's login: what rights it needs, its own installation says
    shopUrls[name] = await createDatabase(postgresUrl, databaseName(run, name), undefined);
  }
  const topicPrefix = `${run.id}.`;
  if (security !== undefined) {
    await writeServerAccess(run, security);
    await allowOnKafka(infra, security, topicPrefix, shop === undefined ? {} : await readShopTopics(shop));
  }
  const directories = DATABASE_ROLES.map((role) => [role, databasesDirectory(run, role)]);
  return {
    databases: Object.fromEntries(directories) as Backing['databases'],
    ownerUrls: urlsOf('owner'),
    roles,
    brokers: infra.brokers,
    certificateBrokers: infra.certificateBrokers,
    kafkaAccess: security === undefined ? undefined : serverDirectory(run, 'kafka'),
    topicPrefix,
    shopUrls,
    redisUrl: infra.redisUrl,
    redisAccess: security === undefined ? undefined : serverDirectory(run, 'redis'),
    redisPrefix: `outrider:${run.id}:`,
  };
}

/**
 * Removes from servers that live on what this run made on them; what was started for the run goes away whole. Keys in
 * Redis expire by themselves.
 */
export async function removeBacking(
  run: Run,
  infra: Infra,
  failed: (what: string, error: unknown) => void,
  shop?: Shop,
): Promise<void> {
  if (infra.mode.postgres === 'url') {
    for (const owner of [...SERVICES, ...Object.keys(shop?.processes ?? {})]) {
      const name = databaseName(run, owner);
      await dropDatabase(infra.postgresUrl, name).catch((error: unknown) => failed(`database ${name}`, error));
    }
    await removeRoles(run, infra).catch((error: unknown) => failed(`roles of ${run.id}`, error));
  }
  if (infra.mode.kafka === 'url') {
    // those of a shop's own among them
    await deleteTopicsOf(infra.brokers, `${run.id}.`).catch((error: unknown) => failed(`topics of ${run.id}`, error));
  }
}

async function removeRoles(run: Run, { postgresUrl }: Infra): Promise<void> {
  if (await mayCreateRoles(postgresUrl)) await dropRoles(postgresUrl, allNames(roleNames(run)));
}
