import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '@outrider/testkit/certificates';
import { createIdentity } from '@outrider/testkit/identity';
import { databaseSecrets } from './database-secrets.js';
import { kafkaSecrets } from './kafka-secrets.js';
import { configMap, secret, type KubernetesObject } from './kubernetes-objects.js';

/** Of letters that need no escape in a URL, a file of settings or SQL. */
const password = (): string => randomBytes(24).toString('hex');

/** All that the servers of k8s/dev, and an installation that uses them, are told in secret; new at each call. */
export async function devSecrets(): Promise<KubernetesObject[]> {
  const [authority, clients] = await Promise.all([
    createAuthority('Outrider development'),
    createAuthority('Outrider clients'),
  ]);
  const [postgres, kafka, redis] = await Promise.all(
    ['postgres', 'kafka', 'redis'].map((name) => authority.issue({ name, hosts: [name, 'localhost', '127.0.0.1'] })),
  );
  if (postgres === undefined || kafka === undefined || redis === undefined) throw new RangeError('no certificate');
  const redisPassword = password();
  const redisSettings = [
    'port 0',
    'tls-port 6379',
    'tls-cert-file /tls/tls.crt',
    'tls-key-file /tls/tls.key',
    'tls-ca-cert-file /tls/ca.crt',
    'tls-auth-clients no',
    'save ""',
    'dir /data',
    `requirepass ${redisPassword}`,
  ];
  return [
    secret('postgres-tls', { 'tls.crt': postgres.cert, 'tls.key': postgres.key, 'clients.crt': clients.cert }),
    ...(await databaseSecrets(authority.cert, clients, password(), password)),
    ...kafkaSecrets(authority.cert, kafka, password(), password),
    secret('redis-tls', { 'tls.crt': redis.cert, 'tls.key': redis.key, 'ca.crt': authority.cert }),
    secret('redis-server', { 'redis.conf': `${redisSettings.join('\n')}\n` }),
    secret('redis', { password: redisPassword, 'ca.crt': authority.cert }),
    secret('payment-provider', { SIMULATOR_WEBHOOK_SECRET: password() }),
    ...(await tokenIssuer()),
  ];
}

/** A key pair that tokens are signed with, and two tokens for `helm test`. */
async function tokenIssuer(): Promise<KubernetesObject[]> {
  const folder = await mkdtemp(join(tmpdir(), 'outrider-identity-'));
  try {
    const identity = await createIdentity(folder);
    return [
      configMap('token-issuer', { 'jwks.json': await readFile(identity.jwksFile, 'utf8') }),
      secret('token-issuer', { 'private-key.json': await readFile(identity.privateKeyFile, 'utf8') }),
      secret('test-token', {
        admin: await identity.token({ sub: 'admin', roles: ['admin'] }),
        customer: await identity.token({ sub: 'customer', roles: ['customer'] }),
      }),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}
