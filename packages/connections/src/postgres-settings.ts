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
  const url = secretOf(given, 'URL', no, urlFault(hasTlsFiles(given)));
  if (url === undefined && !refused) no('URL', 'is missing');
  const password = secretOf(given, 'PASSWORD', no);
  const tls = tlsOf(given, no);
  if (url === undefined || refused) return undefined;
  const address = addressOf(url);
  if (password !== undefined && address.current().password !== undefined) {
    no('PASSWORD', 'is given twice: in the URL as well');
    return undefined;
  }
  return postgresServer(address, password, tls);
}

/** The URL of a file is checked by this each time: what would take the encryption away is not taken. */
function urlFault(withTlsFiles: boolean): (text: string) => string | undefined {
  return (text) => {
    const fault = postgresUrlFault(text);
    if (fault !== undefined || !withTlsFiles || parsePostgresUrl(text).sslMode !== 'disable') return fault;
    return 'has sslmode=disable although files for TLS are given';
  };
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
  const address = exists('uri')
    ? addressOf(secretFile(path('uri'), urlFault(tls !== undefined)))
    : addressInParts(path, exists);
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
