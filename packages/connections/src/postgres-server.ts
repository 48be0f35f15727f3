import { isIP } from 'node:net';
import type pg from 'pg';
import { fixedCredential, type Credential } from './credential.js';
import { parsePostgresUrl, type PostgresAddress, type SslMode } from './postgres-address.js';
import type { TlsMaterial } from './tls-files.js';

/** The part of `pg`'s settings that says where a connection leads and who asks. */
export type PostgresConnection = Required<Pick<pg.ClientConfig, 'host' | 'port' | 'database' | 'ssl'>> & {
  readonly user?: string;
  readonly password?: string;
};

/** A database of one role: what every new connection to it is made with. */
export interface PostgresServer {
  /** `user@host:port/database`, for logs and messages */
  readonly name: string;
  /** What a connection is made with now; files are read again. Never throws. */
  connection(): PostgresConnection;
}

/**
 * @param address where it is
 * @param password instead of the address's own
 * @param tls the files of the connection; with an authority and no sslmode the server is verified in full
 */
export function postgresServer(
  address: Credential<PostgresAddress>,
  password?: Credential<string>,
  tls?: Credential<TlsMaterial>,
): PostgresServer {
  const { user, host, port, database } = address.current();
  return {
    name: `${user === undefined ? '' : `${user}@`}${host}:${port}/${database}`,
    connection() {
      const at = address.current();
      const secret = password?.current() ?? at.password;
      const material = tls?.current() ?? {};
      return {
        host: at.host,
        port: at.port,
        database: at.database,
        ssl: sslOf(sslModeOf(at, material), at.host, material),
        ...(at.user === undefined ? {} : { user: at.user }),
        ...(secret === undefined ? {} : { password: secret }),
      };
    },
  };
}

/** The database of a URL that does not change. @throws Error where `postgresUrlFault` has something to say */
export function postgresAt(url: string): PostgresServer {
  return postgresServer(fixedCredential(parsePostgresUrl(url)));
}

/** The mode that the URL names, else full verification where an authority is given, else plain text. */
export function sslModeOf(address: Pick<PostgresAddress, 'sslMode'>, { ca, cert }: TlsMaterial): SslMode {
  return address.sslMode ?? (ca === undefined && cert === undefined ? 'disable' : 'verify-full');
}

function sslOf(mode: SslMode, host: string, material: TlsMaterial): pg.ClientConfig['ssl'] & {} {
  if (mode === 'disable') return false;
  return {
    ...material,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  };
}

/**
 * A class of `pg` clients that connect as the server is to be connected to at that time, whatever their settings say
 * about it: a pool makes each of its connections with the settings of its first.
 */
export function clientOf<C extends typeof pg.Client>(server: PostgresServer, Client: C): C {
  // the only shape of a constructor that a class may be mixed into
  // oxlint-disable-next-line typescript/no-explicit-any
  const Base = Client as new (...args: any[]) => pg.Client;
  return class extends Base {
    constructor(config?: pg.ClientConfig) {
      super({ ...config, ...server.connection() });
    }
  } as C;
}
