import { subscribe } from 'node:diagnostics_channel';

/** The parts of @platformatic/kafka's Connection and ConnectionPool that are used here. */
interface Connection {
  send(...request: unknown[]): void;
  close(callback: (error: Error | null) => void): void;
  emit(event: 'close'): void;
  on(event: 'error', listener: () => void): void;
  removeAllListeners(event: 'error'): void;
}

interface Pool {
  readonly context: unknown;
  on(event: 'connect', listener: (made: { broker: Broker; connection: Connection }) => void): void;
  get(broker: Broker, callback: (error: Error | null) => void): void;
}

interface Broker {
  readonly host: string;
  readonly port: number;
}

/** What a client of @platformatic/kafka is given as its `context`, which its pools of connections have as well. */
export interface AgeContext {
  /** in ms */
  readonly connectionMaxAgeMs: number;
}

/** Connections end up to a fifth sooner, so that not all end together. */
const JITTER = 0.2;
/** A caller that was given the connection just before has its request in it by then. */
const LOOK_EVERY_MS = 1_000;

let subscribed = false;

/**
 * Connections of clients whose context says so end at that age, up to a fifth sooner: the pool gives out another one from
 * then on, and the old one ends when the requests that it carries are answered. The client keeps a connection for as
 * long as the broker does, and reports every pool that it makes.
 */
export function renewPlatformaticConnections(): void {
  if (subscribed) return;
  subscribed = true;
  subscribe('plt:kafka:instances', (message) => {
    const { type, instance } = message as { type: string; instance: Pool };
    if (type !== 'connection-pool' || !isAgeContext(instance.context)) return;
    const { connectionMaxAgeMs } = instance.context;
    instance.on('connect', ({ broker, connection }) => endInTime(instance, broker, connection, connectionMaxAgeMs));
  });
}

function isAgeContext(context: unknown): context is AgeContext {
  return typeof context === 'object' && context !== null && 'connectionMaxAgeMs' in context;
}

function endInTime(pool: Pool, broker: Broker, connection: Connection, maxAgeMs: number): void {
  let open = 0;
  const send = connection.send.bind(connection);
  connection.send = (...request) => {
    const callback = request.pop() as (...answer: unknown[]) => void;
    open += 1;
    send(...request, (...answer: unknown[]) => {
      open -= 1;
      callback(...answer);
    });
  };
  setTimeout(
    () => {
      // takes it out of the pool; an end of its own must not take out the one that comes after it
      connection.emit('close');
      connection.removeAllListeners('error');
      connection.on('error', () => {});
      // what cannot be made now is made, or fails, at the next request
      pool.get(broker, () => {});
      const look = setInterval(() => {
        if (open > 0) return;
        clearInterval(look);
        connection.close(() => {});
      }, LOOK_EVERY_MS);
      look.unref();
    },
    maxAgeMs * (1 - JITTER * Math.random()),
  ).unref();
}
