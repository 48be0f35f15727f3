import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { poolTransaction, type SqlClient } from '@outrider/common';
import {
  encodeEvent,
  type EncodedEvent,
  type EventSource,
  type SentEventOf,
  type ShopEventToSend,
  type ShopPayloads,
  type ShopTopic,
  type Topic,
} from '@outrider/contracts';
import { isTransient } from '@outrider/inbox';
import { isStaleSession } from '@outrider/outbox';
import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import { transactionTrace, type TransactionTrace } from '../tracing/index.js';
import { poolOf } from './orm.js';
import { isConflict, sqlOn, sqlOnPool, sqlWithNext } from './sql.js';

/** A database transaction, and the events that are sent if, and only if, it commits. */
export interface Transaction {
  /** with an identity map of its own; what it changed is flushed before the commit */
  readonly em: EntityManager;
  /** Statements may be given before those before are answered: they run in the order in which they are given, and go out together. */
  readonly sql: SqlClient;
  /**
   * For statements of which nothing is read, the number of their rows neither: they are sent with the statement after them, at the
   * latest with the commit, which throws what they throw.
   */
  readonly unread: SqlClient;
  /** the traces that its events continue */
  readonly trace: Pick<TransactionTrace, 'continue' | 'of' | 'handling'>;
  /**
   * Adds an event to the transaction. The row lock of what the event is about must be held before: only then is the order
   * of a key's events the order of its commits.
   */
  emit<T extends Topic>(topic: T, key: string, event: SentEventOf<T>): void;
  /** The same of a topic of the shop's own. */
  emit<P extends ShopPayloads>(topic: ShopTopic<P>, key: string, event: ShopEventToSend<P>): void;
}

export interface TransactorOptions {
  readonly orm: MikroORM;
  readonly source: EventSource;
  /** writes events in one statement, inside the transaction; it is sent with the commit, so nothing comes back */
  readonly append: (tx: SqlClient, events: readonly EncodedEvent[]) => Promise<void>;
  /** called after a commit, with the events that it wrote */
  readonly committed: (events: readonly EncodedEvent[]) => void;
  readonly onConflict?: () => void;
}

/** Runs the business transactions of a service. */
export class Transactor {
  constructor(private readonly options: TransactorOptions) {}

  /**
   * Runs `work` in a READ COMMITTED transaction; what it changed is flushed and what it emitted is appended before
   * the commit. Run again, up to `tries` times in all, when it conflicted with another transaction, and once more when
   * its session turned out to be stale: so `work` must have no other effects. In both cases the database says that nothing
   * was written. After any other error, a broken connection above all, it is unknown whether the transaction was committed:
   * the error is thrown, and the caller must find out.
   */
  async run<T>(work: (tx: Transaction) => Promise<T>, tries = 4): Promise<T> {
    let stale = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(work);
      } catch (error) {
        if (isStaleSession(error) && !stale) {
          stale = true;
          continue;
        }
        if (!isConflict(error)) throw error;
        this.options.onConflict?.();
        if (attempt >= tries) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt));
      }
    }
  }

  /** Reads outside of any transaction, each statement on any connection. */
  read(): SqlClient {
    return sqlOnPool(this.#pool);
  }

  get #pool(): pg.Pool {
    return poolOf(this.options.orm);
  }

  async #once<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const events: EncodedEvent[] = [];
    const { source } = this.options;
    const emit = (topic: Topic | ShopTopic, key: string, event: SentEventOf<Topic> & ShopEventToSend<ShopPayloads>) => {
      const encoded =
        typeof topic === 'string'
          ? encodeEvent(source, topic, event.type, key, event.payload)
          : topic.encode(source, key, event);
      events.push(encoded);
    };
    const trace = transactionTrace();
    let result: T;
    try {
      const connect = (): Promise<pg.PoolClient> => this.#pool.connect();
      // Not by the ORM's own `transactional`: when a connection breaks in a transaction, the rollback fails as well, and the
      // ORM then never returns the connection to the pool. Which sessions are of no more use the pool knows (keepSessionsFresh).
      const isBroken = (): boolean => false;
      result = await poolTransaction(connect, isBroken, async (client) => {
        const unread = sqlWithNext(client);
        const entities = this.#entitiesOn(client);
        const tx: Transaction = {
          sql: sqlOn(client),
          unread,
          trace,
          emit,
          get em() {
            return entities.manager();
          },
        };
        const value = await work(tx);
        await entities.flush();
        if (events.length > 0) await this.options.append(unread, trace.appending(events));
        return value;
      });
    } catch (error) {
      trace.failed(error, !isTransient(error));
      throw error;
    }
    trace.committed();
    if (events.length > 0) this.options.committed(events);
    return result;
  }

  /** Entities in the transaction of a connection: most transactions are SQL alone, and never ask for the manager. */
  #entitiesOn(client: pg.PoolClient): { manager(): EntityManager; flush(): Promise<void> } {
    let em: EntityManager | undefined;
    return {
      manager: () => {
        if (em !== undefined) return em;
        em = this.options.orm.em.fork();
        const query = client.query.bind(client);
        const own = { query, release: () => undefined };
        const pool = { connect: async () => own, end: async () => undefined };
        em.setTransactionContext(new Kysely<unknown>({ dialect: new PostgresDialect({ pool: pool as never }) }));
        return em;
      },
      flush: async () => em?.flush(),
    };
  }
}
