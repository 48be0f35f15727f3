import { randomBytes } from 'node:crypto';
import { TOPIC_NAMES } from '@outrider/contracts';
import {
  createDatabase,
  createRoles,
  deleteTopics,
  dropDatabase,
  dropRoles,
  mayCreateRoles,
  type Infra,
} from '@outrider/testkit';
import type { Run } from '../run/run-directory.js';
import { DATABASE_ROLES, databasesDirectory, writeDatabaseAccess, type DatabaseRole } from './access-files.js';
import type { Backing, RoleNames } from './environment.js';
import { SERVICES, type Service } from './layout.js';

function databaseName(run: Run, service: Service): string {
  return `outrider_${run.id.replaceAll('-', '_')}_${service}`;
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
 */
export async function prepareBacking(run: Run, infra: Infra, tell: (line: string) => void): Promise<Backing> {
  const { postgresUrl } = infra;
  const roles = (await mayCreateRoles(postgresUrl)) ? roleNames(run) : undefined;
  const passwords = new Map((roles === undefined ? [] : allNames(roles)).map((name) => [name, newPassword()]));
  if (roles === undefined) {
    const user = decodeURIComponent(new URL(postgresUrl).username);
    tell(`PostgreSQL: ${user} may not create roles, so all processes run as ${user}`);
  } else {
    await createRoles(
      postgresUrl,
      [...passwords].map(([name, password]) => ({ name, password })),
    );
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
  for (const role of DATABASE_ROLES) await writeDatabaseAccess(databasesDirectory(run, role), urlsOf(role));
  const directories = DATABASE_ROLES.map((role) => [role, databasesDirectory(run, role)]);
  return {
    databases: Object.fromEntries(directories) as Backing['databases'],
    ownerUrls: urlsOf('owner'),
    roles,
    brokers: infra.brokers,
    topicPrefix: `${run.id}.`,
    redisUrl: infra.redisUrl,
    redisPrefix: `outrider:${run.id}:`,
  };
}

/** Of letters that need no escape in a URL, a file of settings or SQL. */
function newPassword(): string {
  return randomBytes(24).toString('hex');
}

/**
 * Removes from servers that live on what this run made on them; what was started for the run goes away whole. Keys in
 * Redis expire by themselves.
 */
export async function removeBacking(
  run: Run,
  infra: Infra,
  failed: (what: string, error: unknown) => void,
): Promise<void> {
  if (infra.mode.postgres === 'url') {
    for (const service of SERVICES) {
      const name = databaseName(run, service);
      await dropDatabase(infra.postgresUrl, name).catch((error: unknown) => failed(`database ${name}`, error));
    }
    await removeRoles(run, infra).catch((error: unknown) => failed(`roles of ${run.id}`, error));
  }
  if (infra.mode.kafka === 'url') {
    const topics = TOPIC_NAMES.map((topic) => `${run.id}.${topic}`);
    await deleteTopics(infra.brokers, topics).catch((error: unknown) => failed(`topics of ${run.id}`, error));
  }
}

async function removeRoles(run: Run, { postgresUrl }: Infra): Promise<void> {
  if (await mayCreateRoles(postgresUrl)) await dropRoles(postgresUrl, allNames(roleNames(run)));
}
