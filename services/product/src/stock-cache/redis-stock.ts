import type { RedisServer } from '@outrider/connections';
import type { ChainableCommander, Redis } from 'ioredis';
import type { StockLevel } from '../domain/stock.js';
import { Outage } from './outage.js';
import { RedisClient } from './redis-client.js';
import { readEntry, writeEntry } from './stock-entry.js';

/** Keys a script call writes: Redis does nothing else meanwhile, so not too many. */
const KEYS_PER_SCRIPT = 200;

/** After a call that failed Redis is not called for so long, so that not every request waits for it. */
const REST_MS = 1_000;

/** What a connection is made without where its server's settings do not say it. */
const NOT_SAID = {
  username: undefined,
  password: undefined,
  tls: undefined,
  sentinelTLS: undefined,
  enableTLSForSentinelMode: false,
} as const;

/** How long the trial write of a new connection stays. */
const TRIAL_MS = 1_000;

/**
 * Error codes of a server that takes no writes: a replica, full, still loading, without its primary or its replicas, unable
 * to save, with another password. A new connection may reach another server. Some versions put the code of a script's command into the middle
 * of a sentence.
 */
const UNUSABLE = /\b(?:READONLY|OOM|LOADING|MASTERDOWN|NOREPLICAS|MISCONF|NOAUTH|WRONGPASS)\b/u;

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;

// Compare by version and write: a late write of an older level changes nothing. The same version again is a level
// just read from the database, so its time starts again. It ends at a time of Redis's own clock: a call can be in a socket
// for minutes after its sender gave up, or died, and its levels must not start their time only then.
const WRITE_NEWER = `local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local life = math.floor(math.min(tonumber(ARGV[1]), tonumber(ARGV[2]) - now))
if life <= 0 then return {now, 0} end
for i, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  local version = held and tonumber(string.match(held, '^%d+'))
  if not version or version <= tonumber(ARGV[2 * i + 1]) then
    redis.call('SET', key, ARGV[2 * i + 2], 'PX', life)
  end
end
return {now, 1}`;

export interface RedisStockOptions {
  readonly server: RedisServer;
  readonly prefix: string;
  readonly timeoutMs: number;
  readonly log: ConstructorParameters<typeof Outage>[0];
  /** after this time, up to a fifth sooner, the connection ends, once its calls are answered; another follows at once; 30 minutes unless given */
  readonly maxAgeMs?: number;
  /** without a failure for so long an outage counts as over; 10,000 unless given */
  readonly quietMs?: number;
  /** a connection was made, the first or another: Redis may hold anything */
  readonly connected: () => void;
}

/** Stock levels in Redis, by generation and product. Never waits for a connection: it is there or it is not. */
export class RedisStock {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #outage: Outage;
  readonly #maxAgeMs: number;
  #open = false;
  #ageing: NodeJS.Timeout | undefined;
  /** calls that are not answered */
  #calls = 0;
  /** the connection is to end with the last of them */
  #ending = false;
  /** unusable connections in a row */
  #unusable = 0;
  #restUntil = 0;
  /** What to add to this process's clock to have Redis's, in ms; too little by up to the way of an answer, never too much. */
  #clockAhead = 0;

  constructor(options: RedisStockOptions) {
    this.#prefix = options.prefix;
    this.#maxAgeMs = options.maxAgeMs ?? 1_800_000;
    this.#outage = new Outage(options.log, options.quietMs);
    this.#redis = new RedisClient({
      ...options.server.connection(),
      connectionName: 'outrider-product',
      connectTimeout: 2_000,
      commandTimeout: options.timeoutMs,
      // an answer that does not come in this time never will: the connection is half open
      socketTimeout: Math.max(2_000, options.timeoutMs * 2),
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      // its own count: a connection that cannot be used is no success
      retryStrategy: () => {
        this.#unusable += 1;
        // the next connection asks with what the files say then, and with nothing that they said before
        Object.assign(this.#redis.options, NOT_SAID, options.server.connection());
        return Math.min(FIRST_RETRY_MS * this.#unusable, LONGEST_RETRY_MS) * (0.8 + Math.random() * 0.4);
      },
      reconnectOnError: ({ message }) => UNUSABLE.test(message),
    });
    this.#redis.on('ready', () => void this.#begin(options.connected));
    this.#redis.on('close', () => {
      this.#open = false;
      this.#ending = false;
      clearTimeout(this.#ageing);
    });
    this.#redis.on('error', (error: Error) => this.#outage.failed(error));
  }

  /** Whether a call has a chance right now. */
  get ready(): boolean {
    return this.#open && performance.now() >= this.#restUntil;
  }

  /**
   * The levels that are there: null for a product known to have no stock facts, nothing for one that is not held.
   * One round trip. Rejects when Redis did not answer in time.
   */
  async read(generation: number, productIds: readonly string[]): Promise<Map<string, StockLevel | null>> {
    const entries = await this.#orRest(this.#redis.mget(productIds.map((id) => this.#key(generation, id))));
    const levels = new Map<string, StockLevel | null>();
    for (const [index, id] of productIds.entries()) {
      const level = readEntry(entries[index]);
      if (level !== undefined) levels.set(id, level);
    }
    return levels;
  }

  /** Writes what is newer than what is held, to last `lifeMs`. One round trip. Rejects when any of it may not be there. */
  async write(generation: number, levels: ReadonlyMap<string, StockLevel | null>, lifeMs: number): Promise<void> {
    if (!this.ready) throw new Error('there is no connection to Redis');
    const pipeline = this.#redis.pipeline();
    const entries = [...levels];
    for (let from = 0; from < entries.length; from += KEYS_PER_SCRIPT) {
      const some = entries.slice(from, from + KEYS_PER_SCRIPT);
      pipeline.eval(
        WRITE_NEWER,
        some.length,
        ...some.map(([id]) => this.#key(generation, id)),
        lifeMs,
        performance.now() + this.#clockAhead + lifeMs,
        ...some.flatMap(([, level]) => [level?.version ?? 0, writeEntry(level)]),
      );
    }
    for (const answer of await this.#orRest(answersOf(pipeline))) {
      const [now, written] = answer as [now: number, written: 0 | 1];
      this.#clockAhead = now - performance.now();
      if (written === 0) throw new Error('what was to be written to Redis came too late');
    }
  }

  /** Ends the connection at once; nothing in it is needed. */
  async close(): Promise<void> {
    this.#open = false;
    clearTimeout(this.#ageing);
    this.#redis.disconnect();
  }

  /**
   * Not before it has taken a write: a replica answers reads. `connected` is called before the first call can go out:
   * nothing reads while #open is false.
   */
  async #begin(connected: () => void): Promise<void> {
    try {
      const [seconds, microseconds] = await this.#redis.time();
      this.#clockAhead = Number(seconds) * 1_000 + Number(microseconds) / 1_000 - performance.now();
      await this.#redis.set(`${this.#prefix}stock:writable`, '', 'PX', TRIAL_MS);
    } catch (error) {
      this.#outage.failed(error);
      this.#redis.disconnect(true);
      return;
    }
    connected();
    this.#open = true;
    this.#unusable = 0;
    this.#restUntil = 0;
    this.#outage.answered();
    clearTimeout(this.#ageing);
    this.#ageing = setTimeout(() => this.#end(), this.#maxAgeMs * (1 - 0.2 * Math.random()));
    this.#ageing.unref();
  }

  /** New calls find no connection until the next one is there, as in any outage, and ask the database. */
  #end(): void {
    this.#open = false;
    this.#ending = true;
    if (this.#calls === 0) this.#redis.disconnect(true);
  }

  #key(generation: number, productId: string): string {
    return `${this.#prefix}stock:${generation}:${productId}`;
  }

  async #orRest<T>(call: Promise<T>): Promise<T> {
    this.#calls += 1;
    try {
      const answer = await call;
      this.#outage.answered();
      return answer;
    } catch (error) {
      return this.#fail(error);
    } finally {
      this.#calls -= 1;
      if (this.#ending && this.#calls === 0) this.#redis.disconnect(true);
    }
  }

  #fail(error: unknown): never {
    this.#restUntil = performance.now() + REST_MS;
    this.#outage.failed(error);
    throw error;
  }
}

/** @throws the first error of a command */
async function answersOf(pipeline: ChainableCommander): Promise<unknown[]> {
  const results = await pipeline.exec();
  if (results === null) throw new Error('the pipeline was not run');
  return results.map(([error, answer]) => {
    if (error !== null) throw error;
    return answer;
  });
}
