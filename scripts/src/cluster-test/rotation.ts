import { setTimeout as sleep } from 'node:timers/promises';
import { createAuthority } from '@outrider/testkit/certificates';
import { CommandError } from '../cli/errors.js';
import { SERVICES } from '../installation/layout.js';
import type { Cluster } from './cluster.js';
import { CONNECTION_MAX_AGE_MS } from './connection-age.js';
import {
  newPassword,
  changeSecret,
  readCredentials,
  replaceInSecret,
  secretOfCertificate,
  secretOfRole,
  secretOfUser,
  type Credentials,
  type LoginsRequest,
  type ScramRequest,
} from './credentials.js';
import { OF_RELEASE, PROCESSES, RELEASE } from './release.js';
import { runInPod } from './run-in-pod.js';

/** The kubelet brings a changed Secret within two minutes, also where nothing hurries it. */
const DELIVERED_WITHIN_MS = 180_000;
const LOOK_EVERY_MS = 500;

/**
 * Exchanges what all processes log in by at PostgreSQL, Kafka and Redis, as docs/runbooks/rotate.md says: at the servers
 * first, then in the Secrets; what was valid before is refused at the end.
 *
 * @returns what was valid before
 */
export async function rotate(cluster: Cluster): Promise<Credentials> {
  const old = await readCredentials(cluster);
  const { 'clients.crt': oldAuthority = '' } = await cluster.secret('postgres-tls');
  const authority = await createAuthority('Outrider clients');

  // of these two are valid at once
  await trustClients(cluster, oldAuthority + authority.cert);
  const redis = newPassword();
  await askRedis(cluster, old.redis, [`ACL SETUSER default >${redis}`]);

  // these know one password for a user: what is open stays open, and who is refused in between asks again
  const postgres = new Map([...old.postgres.keys()].map((role) => [role, newPassword()]));
  await sql(cluster, [...postgres].map(([role, password]) => `ALTER ROLE ${role} PASSWORD '${password}';`).join('\n'));
  const kafka = new Map([...old.kafka.keys()].map((user) => [user, newPassword()]));
  await setKafkaPasswords(cluster, Object.fromEntries(kafka));

  const changesOf = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) =>
    [...after].map(([name, password]) => [name, [before.get(name) ?? '', password]] as const);
  const ofPostgres = changesOf(old.postgres, postgres);
  const ofKafka = changesOf(old.kafka, kafka);
  const ofRedis = [old.redis, redis] as const;
  await Promise.all([
    ...ofPostgres.map(([role, change]) => replaceInSecret(cluster, secretOfRole(role), [change])),
    ...ofKafka.map(([user, change]) => replaceInSecret(cluster, secretOfUser(user), [change])),
    replaceInSecret(cluster, 'redis', [ofRedis]),
    ...SERVICES.map(async (service) => {
      const { cert, key } = await authority.issue({ name: `${service}_app` });
      await changeSecret(cluster, secretOfCertificate(service), { 'tls.crt': cert, 'tls.key': key });
    }),
  ]);
  await untilDelivered(cluster, { postgres, kafka });

  // what the servers begin with when they are started again
  await replaceInSecret(
    cluster,
    'postgres-admin',
    ofPostgres.map(([, change]) => change),
  );
  await replaceInSecret(
    cluster,
    'kafka-server',
    ofKafka.map(([, change]) => change),
  );
  await replaceInSecret(cluster, 'redis-server', [ofRedis]);

  await sleep(CONNECTION_MAX_AGE_MS, undefined, { signal: cluster.signal });
  await trustClients(cluster, authority.cert);
  await askRedis(cluster, redis, [`ACL SETUSER default <${old.redis}`]);
  return old;
}

/** Tries credentials at the servers. @returns of each, by its name: `accepted`, or what was said */
export async function tryLogins(
  cluster: Cluster,
  { certificates, postgres, kafka, redis }: Credentials,
): Promise<Readonly<Record<string, string>>> {
  const { 'ca.crt': authority = '' } = await cluster.secret('kafka-access');
  const logins: LoginsRequest['postgres'] = Object.fromEntries([
    ...[...certificates].map(([database, pair]) => {
      const user = `${database}_app`;
      return [user, { user, database, ...pair }] as const;
    }),
    ...[...postgres].map(([user, password]) => [user, { user, database: user.split('_')[0] ?? '', password }] as const),
  ]);
  const request: LoginsRequest = { authority, kafka: Object.fromEntries(kafka), redis, postgres: logins };
  return JSON.parse(await runInPod(cluster, new URL('logins-program.js', import.meta.url), request)) as Record<
    string,
    string
  >;
}

/** PostgreSQL takes clients by certificates of these authorities, PEM, and no others. */
async function trustClients(cluster: Cluster, authorities: string): Promise<void> {
  await changeSecret(cluster, 'postgres-tls', { 'clients.crt': authorities });
  await hurry(cluster, ['pod', '--selector=app.kubernetes.io/name=postgres']);
  await until('PostgreSQL has the authorities of its clients', async () => {
    const shown = await cluster.k(['exec', 'deployment/postgres', '--', 'cat', '/tls/clients.crt']);
    return shown.trim() === authorities.trim();
  });
  await sql(cluster, 'SELECT pg_reload_conf();');
}

function sql(cluster: Cluster, statements: string): Promise<string> {
  const psql = ['psql', '--username=postgres', '--set=ON_ERROR_STOP=1', '--quiet', '--no-align', '--tuples-only'];
  return cluster.k(['exec', '-i', 'deployment/postgres', '--', ...psql], `${statements}\n`);
}

async function askRedis(cluster: Cluster, password: string, commands: readonly string[]): Promise<void> {
  const client = ['redis-cli', '--tls', '--cacert', '/tls/ca.crt'];
  const asked = [`AUTH ${password}`, ...commands];
  const said = await cluster.k(['exec', '-i', 'deployment/redis', '--', ...client], `${asked.join('\n')}\n`);
  if (said.trim() !== asked.map(() => 'OK').join('\n')) throw new CommandError(`Redis says: ${said.trim()}`);
}

async function setKafkaPasswords(cluster: Cluster, passwords: ScramRequest['passwords']): Promise<void> {
  const { 'ca.crt': authority = '', password: admin = '' } = await cluster.secret('kafka-access');
  const request: ScramRequest = { host: 'kafka', port: 9093, authority, admin, passwords };
  await runInPod(cluster, new URL('scram-program.js', import.meta.url), request);
}

/** A pod whose annotations change is looked after at once, and with it its Secrets. */
async function hurry(cluster: Cluster, pods: readonly string[]): Promise<void> {
  await cluster.k(['annotate', ...pods, `outrider/secrets-changed=${Date.now()}`, '--overwrite']);
}

/** Waits until all processes have the new passwords in their files. */
async function untilDelivered(cluster: Cluster, next: Pick<Credentials, 'postgres' | 'kafka'>): Promise<void> {
  await hurry(cluster, ['pod', OF_RELEASE]);
  for (const name of PROCESSES) {
    const [file, password] = next.kafka.has(name)
      ? ['/etc/outrider/kafka/password', next.kafka.get(name)]
      : ['/etc/outrider/databases/order/uri', next.postgres.get('order_reader')];
    const read = ['/nodejs/bin/node', '--print', `fs.readFileSync(${JSON.stringify(file)}, 'utf8')`];
    await until(`${name} has its new password`, async () => {
      const shown = await cluster.k(['exec', `deployment/${RELEASE}-${name}`, '--', ...read]);
      return password !== undefined && shown.includes(password);
    });
  }
}

async function until(what: string, met: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + DELIVERED_WITHIN_MS; !(await met()); await sleep(LOOK_EVERY_MS)) {
    if (performance.now() > deadline) throw new CommandError(`It took longer than it may until ${what}.`);
  }
}
