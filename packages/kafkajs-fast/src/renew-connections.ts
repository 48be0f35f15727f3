import type { ISocketFactory } from 'kafkajs';
import { requireOfPatchedVersion } from './patched-version.js';

/** The parts of kafkajs's Connection and ConnectionPool that are used here. */
interface Connection {
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
  readonly ssl: unknown;
  readonly sasl: unknown;
  readonly clientId: string;
  readonly requestTimeout: number;
  readonly connectionTimeout: number;
  readonly reauthenticationThreshold: number;
  readonly versions: unknown;
  readonly requestQueue: {
    readonly enforceRequestTimeout: boolean;
    readonly maxInFlightRequests: number | null;
    readonly instrumentationEmitter: unknown;
  };
  isConnected(): boolean;
  connect(): Promise<unknown>;
  authenticate(): Promise<void>;
  disconnect(): Promise<unknown>;
  send(request: Request): Promise<unknown>;
  setVersions(versions: unknown): void;
  setSupportAuthenticationProtocol(isSupported: unknown): void;
  getSupportAuthenticationProtocol(): unknown;
}

interface Request {
  readonly request: { readonly apiKey: number };
}

interface ConnectionPool {
  readonly pool: Connection[];
  readonly logger: unknown;
  readonly socketFactory: ISocketFactory;
  getConnection: (this: ConnectionPool, index?: number) => Promise<Connection>;
  send: (this: ConnectionPool, request: Request) => Promise<unknown>;
  destroy: (this: ConnectionPool) => Promise<void>;
}

/** What is known of a connection beside what kafkajs knows of it. */
interface Use {
  /** requests that it was chosen for and that are not answered */
  open: number;
  retired: boolean;
  timer?: NodeJS.Timeout;
  connecting?: Promise<unknown> | undefined;
}

const FETCH = 1;
/** Connections end up to a fifth sooner, so that not all end together. */
const JITTER = 0.2;

const ages = new WeakMap<ISocketFactory, number>();
const uses = new WeakMap<Connection, Use>();
/** connections of a pool that are no longer in it, or not yet */
const outside = new WeakMap<ConnectionPool, Set<Connection>>();
let patched = false;

/**
 * Connections that clients make with this socket factory end when they are `maxAgeMs` old, up to a fifth sooner, in use or
 * not. The next one is made and logged in first; requests go there from then on, and the old one ends when those
 * that it carries are answered: none fails. When the next one cannot be made the old one ends all the same: what it was
 * logged in with may have been given up.
 *
 * kafkajs 2.2.4 keeps a connection for as long as the broker does. Its own logging in again, which brokers with
 * `connections.max.reauth.ms` ask for, does not concern connections that log in by certificate. Any other version stays
 * as it is.
 * @returns whether the installed version was patched
 */
export function renewConnections(socketFactory: ISocketFactory, maxAgeMs: number): boolean {
  const require = requireOfPatchedVersion();
  if (require === undefined) return false;
  ages.set(socketFactory, maxAgeMs);
  if (patched) return true;
  patched = true;
  const { prototype } = require('kafkajs/src/network/connectionPool') as { prototype: ConnectionPool };
  const { getConnection, send, destroy } = prototype;
  prototype.getConnection = function (this: ConnectionPool, index = 0) {
    return ages.has(this.socketFactory) ? connected(this, index) : getConnection.call(this, index);
  };
  prototype.send = function (this: ConnectionPool, request) {
    return ages.has(this.socketFactory) ? sendBy(this, request) : send.call(this, request);
  };
  prototype.destroy = async function (this: ConnectionPool) {
    for (const connection of this.pool) clearTimeout(useOf(connection).timer);
    const others = [...outsideOf(this)];
    outsideOf(this).clear();
    await Promise.all([destroy.call(this), ...others.map((connection) => connection.disconnect())]);
  };
  return true;
}

function useOf(connection: Connection): Use {
  let use = uses.get(connection);
  if (use === undefined) uses.set(connection, (use = { open: 0, retired: false }));
  return use;
}

function outsideOf(pool: ConnectionPool): Set<Connection> {
  let found = outside.get(pool);
  if (found === undefined) outside.set(pool, (found = new Set()));
  return found;
}

/** kafkajs by itself opens a socket for each caller that comes before the first is connected, and forgets all but one. */
async function connected(pool: ConnectionPool, index: number): Promise<Connection> {
  for (;;) {
    const connection = connectionOf(pool, index);
    if (connection.isConnected()) return connection;
    const use = useOf(connection);
    use.connecting ??= connection
      .connect()
      .then(() => endInTime(pool, connection))
      .finally(() => (use.connecting = undefined));
    await use.connecting;
  }
}

function connectionOf(pool: ConnectionPool, index: number): Connection {
  const connection = pool.pool[index];
  if (connection === undefined) throw new RangeError(`a pool of connections has no number ${index}`);
  return connection;
}

async function sendBy(pool: ConnectionPool, request: Request): Promise<unknown> {
  const index = request.request.apiKey === FETCH ? 1 : 0;
  // counted in the same turn in which it is chosen, so that it is not ended in between
  while (!connectionOf(pool, index).isConnected()) await connected(pool, index);
  const connection = connectionOf(pool, index);
  const use = useOf(connection);
  use.open += 1;
  try {
    return await connection.send(request);
  } finally {
    use.open -= 1;
    if (use.retired) endWhenUnused(pool, connection);
  }
}

function endInTime(pool: ConnectionPool, connection: Connection): void {
  const maxAgeMs = ages.get(pool.socketFactory);
  if (maxAgeMs === undefined) return;
  const use = useOf(connection);
  clearTimeout(use.timer);
  use.timer = setTimeout(() => void renew(pool, connection), maxAgeMs * (1 - JITTER * Math.random()));
  use.timer.unref();
}

async function renew(pool: ConnectionPool, connection: Connection): Promise<void> {
  if (!connection.isConnected()) return;
  const next = copyOf(pool, connection);
  outsideOf(pool).add(next);
  try {
    await next.connect();
    await next.authenticate();
  } catch {
    // it has been logged; the next request connects again, with what the files say then
    await next.disconnect();
  }
  // the pool was given up meanwhile, and this one with it
  if (!outsideOf(pool).delete(next)) {
    await next.disconnect();
    return;
  }
  const index = pool.pool.indexOf(connection);
  if (index === -1) return;
  pool.pool[index] = next;
  if (next.isConnected()) endInTime(pool, next);
  outsideOf(pool).add(connection);
  useOf(connection).retired = true;
  endWhenUnused(pool, connection);
}

function endWhenUnused(pool: ConnectionPool, connection: Connection): void {
  if (useOf(connection).open > 0) return;
  void connection.disconnect().finally(() => outsideOf(pool).delete(connection));
}

function copyOf({ logger, socketFactory }: ConnectionPool, connection: Connection): Connection {
  const { host, port, rack, ssl, sasl, clientId, requestTimeout, connectionTimeout } = connection;
  const { enforceRequestTimeout, maxInFlightRequests, instrumentationEmitter } = connection.requestQueue;
  const Same = connection.constructor as new (options: object) => Connection;
  const copy = new Same({
    logger,
    socketFactory,
    host,
    port,
    rack,
    ssl,
    sasl,
    clientId,
    requestTimeout,
    connectionTimeout,
    reauthenticationThreshold: connection.reauthenticationThreshold,
    enforceRequestTimeout,
    maxInFlightRequests,
    instrumentationEmitter,
  });
  copy.setVersions(connection.versions);
  copy.setSupportAuthenticationProtocol(connection.getSupportAuthenticationProtocol());
  return copy;
}
