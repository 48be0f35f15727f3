import type { CertificateAuthority } from '@outrider/testkit/certificates';
import { SERVICES } from '../installation/layout.js';
import { secret, type KubernetesObject } from './kubernetes-objects.js';

const ROLES = ['owner', 'app', 'relay', 'reader'] as const;

/**
 * What PostgreSQL of a development cluster is set up by, and for each database and role the secret that CloudNativePG
 * would write; for the services' roles, which log in by certificate, also the one that cert-manager would.
 *
 * @param clients vouches for roles that log in by certificate
 */
export async function databaseSecrets(
  authority: string,
  clients: CertificateAuthority,
  adminPassword: string,
  password: () => string,
): Promise<KubernetesObject[]> {
  const sql: string[] = [];
  const secrets = SERVICES.flatMap((database) =>
    ROLES.map((role) => {
      const username = `${database}_${role}`;
      const own = password();
      sql.push(`CREATE ROLE ${username} LOGIN PASSWORD '${own}';`);
      return secret(`${database}-db-${role}`, {
        uri: `postgresql://${username}:${own}@postgres:5432/${database}`,
        host: 'postgres',
        port: '5432',
        dbname: database,
        username,
        password: own,
        'ca.crt': authority,
      });
    }),
  );
  for (const database of SERVICES) {
    // quoted: `order` is a word of SQL
    sql.push(`CREATE DATABASE "${database}" OWNER ${database}_owner;`);
    sql.push(`REVOKE ALL ON DATABASE "${database}" FROM PUBLIC;`);
    for (const role of ROLES) sql.push(`GRANT CONNECT ON DATABASE "${database}" TO ${database}_${role};`);
  }
  const apps = SERVICES.map((database) => `${database}_app`);
  // a password is exchanged at one moment, and who logs in until its file has come is refused: not so a certificate
  const hba = ['local all all trust', `hostssl all ${apps.join()} all cert`, 'hostssl all all all scram-sha-256'];
  const certificates = SERVICES.map(async (database) => {
    const { cert, key } = await clients.issue({ name: `${database}_app` });
    return secret(`${database}-db-app-tls`, { 'tls.crt': cert, 'tls.key': key });
  });
  return [
    secret('postgres-admin', {
      password: adminPassword,
      'init.sql': `${sql.join('\n')}\n`,
      'pg_hba.conf': `${hba.join('\n')}\n`,
    }),
    ...secrets,
    ...(await Promise.all(certificates)),
  ];
}
