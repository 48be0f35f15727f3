import { randomBytes } from 'node:crypto';
import type { KeyPair } from '@outrider/testkit/certificates';
import { SERVICES, WORKER } from '../installation/layout.js';
import type { Cluster } from './cluster.js';

/** What scram-program is told. */
export interface ScramRequest {
  readonly host: string;
  readonly port: number;
  /** that the broker's certificate is checked against, PEM */
  readonly authority: string;
  /** the password of the user `admin` */
  readonly admin: string;
  /** new ones, by user */
  readonly passwords: Readonly<Record<string, string>>;
}

/** What logins-program is told. */
export interface LoginsRequest {
  readonly authority: string;
  /** passwords, by user */
  readonly kafka: Readonly<Record<string, string>>;
  readonly redis: string;
  /** by role */
  readonly postgres: Readonly<Record<string, PostgresLogin>>;
}

export interface PostgresLogin {
  readonly user: string;
  readonly database: string;
  readonly password?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** All that the processes of an installation log in by at one time. */
export interface Credentials {
  /** of the services' roles in their databases, by service */
  readonly certificates: ReadonlyMap<string, KeyPair>;
  /** of the outbox-worker's and the reconciler's roles, by role such as `order_relay` */
  readonly postgres: ReadonlyMap<string, string>;
  /** by user */
  readonly kafka: ReadonlyMap<string, string>;
  readonly redis: string;
}

export const KAFKA_USERS = [...SERVICES, WORKER] as const;
const PASSWORD_ROLES = ['relay', 'reader'] as const;

/** The Secret of a role that logs in by password: `order_relay` → `order-db-relay`. */
export const secretOfRole = (role: string): string => role.replace('_', '-db-');
export const secretOfUser = (user: string): string => `kafka-${user}`;
export const secretOfCertificate = (service: string): string => `${service}-db-app-tls`;

/** Reads them from the Secrets. @throws CommandError when one is not there */
export async function readCredentials(cluster: Cluster): Promise<Credentials> {
  const roles = SERVICES.flatMap((service) => PASSWORD_ROLES.map((role) => `${service}_${role}`));
  const passwords = async (names: readonly string[], secretOf: (name: string) => string) =>
    new Map(
      await Promise.all(names.map(async (name) => [name, await text(cluster, secretOf(name), 'password')] as const)),
    );
  const certificates = SERVICES.map(async (service) => {
    const secret = secretOfCertificate(service);
    return [
      service,
      { cert: await text(cluster, secret, 'tls.crt'), key: await text(cluster, secret, 'tls.key') },
    ] as const;
  });
  return {
    certificates: new Map(await Promise.all(certificates)),
    postgres: await passwords(roles, secretOfRole),
    kafka: await passwords(KAFKA_USERS, secretOfUser),
    redis: await text(cluster, 'redis', 'password'),
  };
}

async function text(cluster: Cluster, secret: string, key: string): Promise<string> {
  return (await cluster.secret(secret))[key] ?? '';
}

/** Of letters that need no escape in a URL, a file of settings or SQL. */
export const newPassword = (): string => randomBytes(24).toString('hex');

/** Changes texts of a Secret; the others stay. */
export async function changeSecret(
  cluster: Cluster,
  name: string,
  texts: Readonly<Record<string, string>>,
): Promise<void> {
  const stringData = { ...(await cluster.secret(name)), ...texts };
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
  // on standard input: arguments are shown to everybody
  await cluster.k(['replace', '--filename=-'], JSON.stringify(object));
}

/**
 * Puts texts in the place of others wherever they stand in a Secret.
 * @param changes old and new, in pairs
 */
export async function replaceInSecret(
  cluster: Cluster,
  name: string,
  changes: readonly (readonly [string, string])[],
): Promise<void> {
  const changed = Object.entries(await cluster.secret(name)).map(([key, value]) => [
    key,
    changes.reduce((text, [old, next]) => text.replaceAll(old, next), value),
  ]);
  await changeSecret(cluster, name, Object.fromEntries(changed) as Record<string, string>);
}
