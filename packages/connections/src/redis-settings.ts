import { isIP } from 'node:net';
import type { RedisOptions } from 'ioredis';
import { fixedCredential, type Credential } from './credential.js';
import { isDecodable } from './postgres-address.js';
import { hasTlsFiles, secretOf, settingsGroup, tlsOf, type Given, type Refuse } from './settings-group.js';
import type { TlsMaterial } from './tls-files.js';

/** What ioredis connects with. */
export type RedisConnection = Pick<
  RedisOptions,
  | 'host'
  | 'port'
  | 'db'
  | 'username'
  | 'password'
  | 'tls'
  | 'sentinels'
  | 'name'
  | 'sentinelPassword'
  | 'sentinelTLS'
  | 'enableTLSForSentinelMode'
>;

/** A Redis server, or the primary that Sentinels name. */
export interface RedisServer {
  /** `host:port`, or the primary's name at its Sentinels */
  readonly name: string;
  /** What a connection is made with now; files are read again. Never throws. */
  connection(): RedisConnection;
}

/**
 * Redis, as a key of a process's settings: with `REDIS: redisSettings` it is given as `REDIS_URL` (`redis://` or
 * `rediss://`, also as `REDIS_URL_FILE`), `REDIS_PASSWORD` (or `_FILE`), `REDIS_CA_FILE`, `REDIS_CERT_FILE`,
 * `REDIS_KEY_FILE`, and with Sentinel `REDIS_SENTINELS` (`host:port`, comma separated), `REDIS_SENTINEL_NAME` and
 * `REDIS_SENTINEL_PASSWORD` (or `_FILE`); then the URL names no host of its own: `redis://user@sentinel/0`.
 */
export const redisSettings = settingsGroup(readRedis);

/** @returns what is wrong with a URL of Redis, without repeating it, or undefined */
export function redisUrlFault(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be a URL that starts with redis:// or rediss://';
  const url = new URL(text);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    return 'must be a URL that starts with redis:// or rediss://';
  }
  if (url.hostname === '') return 'must name a host';
  if (!/^\/?\d{0,4}$/u.test(url.pathname)) return 'must have nothing but the number of a database behind the host';
  if (!isDecodable(url.username, url.password)) return 'must have every % in user and password written as %25';
  const [parameter] = url.searchParams.keys();
  return parameter === undefined ? undefined : `has a parameter that is not understood: ${parameter}`;
}

const SENTINEL = /^(?<host>[^\s:,]+):(?<port>\d{1,5})$/u;

/** @returns undefined when something was refused */
export function readRedis(given: Given, refuse: Refuse): RedisServer | undefined {
  let refused = false;
  const no: Refuse = (setting, message) => {
    refused = true;
    refuse(setting, message);
  };
  if (given['CLUSTER_NODES'] !== undefined) {
    no('CLUSTER_NODES', 'is not supported: one script writes many keys, which Redis Cluster refuses');
  }
  const url = secretOf(given, 'URL', no, (text) => {
    const fault = redisUrlFault(text);
    if (fault !== undefined || !hasTlsFiles(given) || new URL(text).protocol === 'rediss:') return fault;
    return 'must start with rediss:// where a file for TLS is given';
  });
  if (url === undefined && !refused) no('URL', 'is missing');
  const password = secretOf(given, 'PASSWORD', no);
  const sentinelPassword = secretOf(given, 'SENTINEL_PASSWORD', no);
  const sentinels = sentinelsOf(given, no);
  const encrypted = url !== undefined && new URL(url.current()).protocol === 'rediss:';
  if (url !== undefined && password !== undefined && new URL(url.current()).password !== '') {
    no('PASSWORD', 'is given twice: in the URL as well');
  }
  const tls = encrypted ? tlsOf(given, no) : undefined;
  if (url === undefined || refused) return undefined;
  return redisServer({ url, password, tls, sentinels, sentinelPassword });
}

function sentinelsOf(given: Given, refuse: Refuse): Sentinels | undefined {
  const { SENTINELS: text, SENTINEL_NAME: name } = given;
  if (text === undefined && name === undefined) return undefined;
  if (text === undefined) refuse('SENTINELS', 'is missing: REDIS_SENTINEL_NAME is given');
  if (name === undefined) refuse('SENTINEL_NAME', 'is missing: REDIS_SENTINELS is given');
  const found = (text ?? '').split(',').map((one) => SENTINEL.exec(one.trim())?.groups);
  if (text !== undefined && found.includes(undefined)) refuse('SENTINELS', 'must be host:port[,host:port…]');
  return {
    name: name ?? '',
    at: found.flatMap((one) => (one === undefined ? [] : [{ host: one['host'] ?? '', port: Number(one['port']) }])),
  };
}

interface Sentinels {
  readonly name: string;
  readonly at: { readonly host: string; readonly port: number }[];
}

interface RedisParts {
  readonly url: Credential<string>;
  readonly password?: Credential<string> | undefined;
  readonly tls?: Credential<TlsMaterial> | undefined;
  readonly sentinels?: Sentinels | undefined;
  readonly sentinelPassword?: Credential<string> | undefined;
}

export function redisServer({ url, password, tls, sentinels, sentinelPassword }: RedisParts): RedisServer {
  const first = new URL(url.current());
  return {
    name: sentinels === undefined ? `${first.hostname}:${first.port || '6379'}` : sentinels.name,
    connection() {
      const at = new URL(url.current());
      const host = at.hostname.replace(/^\[(.*)\]$/u, '$1');
      const secret = password?.current() ?? decodeURIComponent(at.password);
      const user = decodeURIComponent(at.username);
      const options = tlsOptions(at, sentinels === undefined ? host : undefined, tls);
      return {
        ...(sentinels === undefined
          ? { host, port: at.port === '' ? 6379 : Number(at.port) }
          : {
              sentinels: sentinels.at.map((one) => ({ ...one })),
              name: sentinels.name,
              ...(sentinelPassword === undefined ? {} : { sentinelPassword: sentinelPassword.current() }),
              ...(options === undefined ? {} : { enableTLSForSentinelMode: true, sentinelTLS: options }),
            }),
        db: Number(at.pathname.slice(1) || '0'),
        ...(user === '' ? {} : { username: user }),
        ...(secret === '' ? {} : { password: secret }),
        ...(options === undefined ? {} : { tls: options }),
      };
    },
  };
}

/** The Redis of a URL that does not change. */
export function redisAt(url: string): RedisServer {
  return redisServer({ url: fixedCredential(url) });
}

function tlsOptions(url: URL, host: string | undefined, tls: Credential<TlsMaterial> | undefined): RedisOptions['tls'] {
  if (url.protocol !== 'rediss:') return undefined;
  return {
    ...tls?.current(),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(host !== undefined && isIP(host) === 0 ? { servername: host } : {}),
  };
}
