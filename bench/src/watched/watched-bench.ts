import { startInfra } from '@outrider/testkit';
import type { BenchEnvironment } from '../bench-environment.js';
import { thisMachine, type Machine } from '../machine.js';
import { scrapeStatements, type ScrapeStatements } from './scrape-statements.js';
import type { WatchedVariant } from './variants.js';
import { watchedDrain } from './watched-drain.js';
import { watchedOrders } from './watched-orders.js';

export const WATCHED_PARTS = ['orders', 'drain', 'scrapes'] as const;
export type WatchedPart = (typeof WATCHED_PARTS)[number];

export interface WatchedBenchOptions {
  readonly parts: readonly WatchedPart[];
  readonly orders: number;
  readonly events: number;
  readonly rounds: number;
  /** of each look at what scrapes ask of databases */
  readonly seconds: number;
  readonly told: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface WatchedBenchResult {
  readonly machine: Machine;
  readonly at: string;
  readonly orders?: readonly WatchedVariant[];
  readonly drain?: readonly WatchedVariant[];
  readonly scrapes?: readonly ScrapeStatements[];
}

/** What metrics and traces cost those who are watched. */
export async function benchWatched(
  environment: BenchEnvironment,
  options: WatchedBenchOptions,
): Promise<WatchedBenchResult> {
  const { parts, told, events, rounds } = options;
  const at = new Date().toISOString();
  const drain = parts.includes('drain') ? await watchedDrain(environment, { events, rounds, told }) : undefined;
  const installed = await throughInstallations(environment, options);
  return { machine: thisMachine(), at, ...(drain && { drain }), ...installed };
}

/** Installations share the servers of the environment, as if they had been given by URL. */
async function throughInstallations(
  { infra }: BenchEnvironment,
  { parts, orders, rounds, seconds, told, signal }: WatchedBenchOptions,
): Promise<Pick<WatchedBenchResult, 'orders' | 'scrapes'>> {
  if (!parts.includes('orders') && !parts.includes('scrapes')) return {};
  const redis = await startInfra({ parts: ['redis'], log: told });
  const { postgresUrl } = infra;
  Object.assign(process.env, {
    INFRA: 'url',
    POSTGRES_URL: postgresUrl,
    KAFKA_BROKERS: infra.brokers.join(','),
    REDIS_URL: redis.redisUrl,
  });
  try {
    return {
      ...(parts.includes('orders') && {
        orders: await watchedOrders({ postgresUrl, orders, rounds, told, signal }),
      }),
      ...(parts.includes('scrapes') && { scrapes: await scrapeStatements({ postgresUrl, seconds, told }) }),
    };
  } finally {
    await redis.stop();
  }
}
