import { CredentialError, fileCredential, secretFile, type Credential } from './credential.js';
import { parsePostgresUrl, postgresUrlFault, type PostgresAddress } from './postgres-address.js';
import { postgresServer, type PostgresServer } from './postgres-server.js';
import { tlsCredential } from './tls-files.js';
import { hasTlsFiles, secretOf, settingsGroup, tlsOf, type Given, type Refuse } from './settings-group.js';

/**
 * A database, as a key of a process's settings: with `DATABASE: postgresSettings` it is given as `DATABASE_URL` (or
 * `DATABASE_URL_FILE`), `DATABASE_PASSWORD` (or `_FILE`) in place of the URL's own, `DATABASE_CA_FILE`,
 * `DATABASE_CERT_FILE` and `DATABASE_KEY_FILE`.
 */
export const postgresSettings = settingsGroup(readPostgres);

/** @returns undefined when something was refused */
export function readPostgres(given: Given, refuse: Refuse): PostgresServer | undefined {
  let refused = false;
  const no: Refuse = (setting, message) => {
    refused = true;
    refuse(setting, message);
  };
  const url = secretOf(given, 'URL', no, postgresUrlFault);
  if (url === undefined && !refused) no('URL', 'is missing');
  const password = secretOf(given, 'PASSWORD', no);
  const tls = tlsOf(given, no);
  if (url === undefined || refused) return undefined;
  const address = addressOf(url);
  const { password: inUrl, sslMode } = address.current();
  if (password !== undefined && inUrl !== undefined) {
    no('PASSWORD', 'is given twice: in the URL as well');
    return undefined;
  }
  if (sslMode === 'disable' && hasTlsFiles(given)) {
    no('URL', 'has sslmode=disable although files for TLS are given');
    return undefined;
  }
  return postgresServer(address, password, tls);
}

function addressOf(url: Credential<string>): Credential<PostgresAddress> {
  return { current: () => parsePostgresUrl(url.current()) };
}

/**
 * A database by the files of one folder, as database operators write them into their secrets: `uri`, or `host`, `port`,
 * `dbname`, `username` and `password`; `ca.crt`; `tls.crt` with `tls.key`. A `password` file is used before the URI's.
 * @throws CredentialError naming the file that is missing or wrong
 */
export function postgresFolder(path: (file: string) => string, exists: (file: string) => boolean): PostgresServer {
  const there = (file: string): string | undefined => (exists(file) ? path(file) : undefined);
  const password = there('password');
  const [ca, cert, key] = ['ca.crt', 'tls.crt', 'tls.key'].map(there);
  if ((cert === undefined) !== (key === undefined)) {
    throw new CredentialError(
      `tls.crt and tls.key are given together: ${path(cert === undefined ? 'tls.crt' : 'tls.key')}`,
    );
  }
  const tls = ca === undefined && cert === undefined ? undefined : tlsCredential({ ca, cert, key });
  const address = exists('uri') ? addressOf(secretFile(path('uri'), postgresUrlFault)) : addressInParts(path, exists);
  if (tls !== undefined && address.current().sslMode === 'disable') {
    throw new CredentialError(`has sslmode=disable beside files for TLS: ${path('uri')}`, path('uri'));
  }
  return postgresServer(address, password === undefined ? undefined : secretFile(password), tls);
}

function addressInParts(
  path: (file: string) => string,
  exists: (file: string) => boolean,
): Credential<PostgresAddress> {
  const files = ['host', 'dbname', 'username', ...(exists('port') ? ['port'] : [])];
  return fileCredential(files.map(path), (read) => {
    const text = (file: string): string => read(path(file)).trim();
    const port = exists('port') ? Number(text('port')) : 5432;
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new CredentialError(`must be a port number: ${path('port')}`, path('port'));
    }
    return {
      host: text('host'),
      port,
      database: text('dbname'),
      user: text('username'),
      password: undefined,
      sslMode: undefined,
    };
  });
}
