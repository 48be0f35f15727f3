import type { KeyPair } from './certificates/index.js';

/** How servers are set up that speak TLS alone and want a login of everybody. */
export interface InfraSecurity {
  /** the servers' own certificate, for localhost */
  readonly certificate: KeyPair;
  /** clients' certificates are checked against it, PEM */
  readonly authority: string;
  /** a file with the authority that clients check the servers against, PEM */
  readonly authorityFile: string;
  /** of PostgreSQL's superuser, of Kafka's user `admin`, and of Redis */
  readonly adminPassword: string;
  /** who may log in to Kafka with a password, beside `admin`; by name */
  readonly kafkaPasswords: Readonly<Record<string, string>>;
  /** members of this role log in to PostgreSQL with a certificate of their name, all others with their password */
  readonly certificateGroup: string;
}

/** The name that the servers' certificate is for. */
export const SECURE_HOST = 'localhost';

/** As the superuser, verified in full. */
export function securePostgresUrl(port: number, { adminPassword, authorityFile }: InfraSecurity): string {
  const url = new URL(`postgres://postgres@${SECURE_HOST}:${port}/postgres`);
  url.password = adminPassword;
  url.searchParams.set('sslmode', 'verify-full');
  url.searchParams.set('sslrootcert', authorityFile);
  return url.href;
}

export function secureRedisUrl(port: number, { adminPassword }: InfraSecurity): string {
  const url = new URL(`rediss://${SECURE_HOST}:${port}`);
  url.password = adminPassword;
  return url.href;
}

/** What a server on PEM files is told, by the names of the files in its folder. */
export interface ServerFiles {
  readonly 'server.crt': string;
  readonly 'server.key': string;
  readonly 'clients.crt': string;
}

export function serverFiles({ certificate, authority }: Pick<InfraSecurity, 'certificate' | 'authority'>): ServerFiles {
  return { 'server.crt': certificate.cert, 'server.key': certificate.key, 'clients.crt': authority };
}

/** PostgreSQL's settings for these files, which stand in a folder (its own, where none is named). */
export function postgresTlsSettings(folder?: string): string[] {
  const path = (file: keyof ServerFiles): string => (folder === undefined ? file : `${folder}/${file}`);
  return [
    'ssl=on',
    `ssl_cert_file=${path('server.crt')}`,
    `ssl_key_file=${path('server.key')}`,
    `ssl_ca_file=${path('clients.crt')}`,
  ];
}

/** pg_hba.conf: connections from elsewhere come by TLS, with a certificate or a password. */
export function postgresLogins({ certificateGroup }: Pick<InfraSecurity, 'certificateGroup'>): string {
  return [
    // it makes the roles, so it is a member of them
    'hostssl all postgres all scram-sha-256',
    `hostssl all +${certificateGroup} all cert`,
    'hostssl all all all scram-sha-256',
    // a socket in the server's own container, by which its image sets the cluster up
    'local all all trust',
    '',
  ].join('\n');
}

/** redis.conf of a server in memory, with its files in a folder. */
export function redisConfiguration(port: number, folder: string, { adminPassword }: InfraSecurity): string {
  return [
    'port 0',
    `tls-port ${port}`,
    `tls-cert-file ${folder}/server.crt`,
    `tls-key-file ${folder}/server.key`,
    `tls-ca-cert-file ${folder}/clients.crt`,
    'tls-auth-clients optional',
    `requirepass ${adminPassword}`,
    'save ""',
    'appendonly no',
    '',
  ].join('\n');
}
