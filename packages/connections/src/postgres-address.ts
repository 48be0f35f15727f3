/**
 * How a connection is encrypted and the server verified. `verify-full` and `require`: its certificate is checked and so
 * is its name, as `pg` 8 has it for both; `verify-ca`: the certificate alone; `disable`: plain text.
 */
export const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** Where a database is, and who asks. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** undefined: as `pg` has it by itself, PGUSER or the user of the operating system */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** undefined when the URL does not say */
  readonly sslMode: SslMode | undefined;
}

/**
 * @returns what is wrong with a URL of a database, without repeating it, or undefined. `postgres://user:password@host:port/database?sslmode=verify-full`;
 *   a query parameter that is not understood is refused by name, for it may have been meant to encrypt.
 */
export function postgresUrlFault(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be a URL that starts with postgres:// or postgresql://';
  const url = new URL(text);
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    return 'must be a URL that starts with postgres:// or postgresql://';
  }
  if (url.hostname === '') return 'must name a host';
  if (url.pathname.length < 2) return 'must name a database';
  if (!isDecodable(url.username, url.password, url.hostname, url.pathname)) {
    return 'must have every % in user, password, host and database written as %25';
  }
  return parameterFault(url.searchParams);
}

/** Whether these parts of a URL can be decoded: a % that stands for itself cannot. */
export function isDecodable(...parts: readonly string[]): boolean {
  try {
    for (const part of parts) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

const FILES: Readonly<Record<string, string>> = { sslrootcert: 'CA_FILE', sslcert: 'CERT_FILE', sslkey: 'KEY_FILE' };

function parameterFault(parameters: URLSearchParams): string | undefined {
  for (const name of parameters.keys()) {
    const setting = FILES[name];
    if (setting !== undefined) return `has a parameter ${name}: give the file as …_${setting} instead`;
    if (name !== 'sslmode') return `has a parameter that is not understood: ${name}`;
  }
  const modes = parameters.getAll('sslmode');
  if (modes.length > 1) return 'has the parameter sslmode more than once';
  const [mode] = modes;
  if (mode === undefined || isSslMode(mode)) return undefined;
  const advice = mode === 'prefer' || mode === 'allow' ? `${mode} may fall back to plain text; ` : '';
  return `has an sslmode that is not known: ${advice}it must be ${SSL_MODES.join(', ')}`;
}

export function isSslMode(text: string): text is SslMode {
  return SSL_MODES.some((mode) => mode === text);
}

/** @throws Error where `postgresUrlFault` has something to say */
export function parsePostgresUrl(text: string): PostgresAddress {
  const fault = postgresUrlFault(text);
  if (fault !== undefined) throw new Error(`a URL of a database ${fault}`);
  const url = new URL(text);
  const mode = url.searchParams.get('sslmode');
  return {
    host: decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/u, '$1'),
    port: url.port === '' ? 5432 : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)),
    user: url.username === '' ? undefined : decodeURIComponent(url.username),
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
    sslMode: mode !== null && isSslMode(mode) ? mode : undefined,
  };
}
