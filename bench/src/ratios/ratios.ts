import type { HotResult } from '../hot/shapes.js';
import type { DrainResult } from '../parts/measure-drain.js';
import type { Carrier } from '../by-hand/carriers.js';
import type { OrdersRound } from '../orders-round.js';
import type { Reader, ReadsRound } from '../reads/product-reads.js';
import type { ShopResult } from '../shops/shops-bench.js';
import { median } from '../statistics.js';
import { PEERS, RAW, RELAY } from '../subjects.js';

/** What is asked of each ratio; at least as much. */
export const ASKED = {
  ordersToHandWritten: 0.9,
  ordersToMedusa: 100,
  ordersToVendure: 20,
  relayToRawKafka: 1,
  relayToBestPeer: 10,
  relayToBestOrderedPeer: 50,
  hotProductToUniform: 0.9,
  productReadToRaw: 0.7,
  threeReplicasToOne: 1,
} as const;
export type Ratio = keyof typeof ASKED;

/** Each ratio that was measured in this run; one that was not is absent. */
export type Ratios = Readonly<Partial<Record<Ratio, number>>>;

/** What one run has measured. */
export interface Measured {
  readonly drain?: readonly DrainResult[];
  /** through inventory alone */
  readonly hot?: HotResult;
  /** orders a second of each round, by how many processes of each service ran */
  readonly replicas?: Readonly<Record<'one' | 'three', readonly number[]>>;
  /** reads of products, by who answered them */
  readonly reads?: Readonly<Record<Reader, readonly ReadsRound[]>>;
  /** by who carried them */
  readonly byHand?: Readonly<Record<Carrier, readonly OrdersRound[]>>;
  /** ours and another one */
  readonly shops?: readonly ShopResult[];
}

/** Medians against medians of the same run. */
export function ratiosOf({ drain = [], hot, replicas, reads, byHand, shops = [] }: Measured): Ratios {
  const relay = rateOf(drain.filter(({ subject }) => subject === RELAY.name));
  const peers = drain.filter(({ subject }) => PEERS.some(({ name }) => name === subject));
  const all: Readonly<Record<Ratio, number | undefined>> = {
    ordersToHandWritten: byHand && ratio(ordersRateOf(byHand.ours), ordersRateOf(byHand.byHand)),
    ordersToMedusa: ratio(bestRateOf(shops, 'ours'), bestRateOf(shops, 'medusa')),
    ordersToVendure: ratio(bestRateOf(shops, 'ours'), bestRateOf(shops, 'vendure')),
    relayToRawKafka: ratio(relay, rateOf(drain.filter(({ subject }) => subject === RAW.name))),
    relayToBestPeer: ratio(relay, rateOf(peers)),
    relayToBestOrderedPeer: ratio(relay, rateOf(peers.filter(({ ordered }) => ordered))),
    hotProductToUniform: hot?.ratio,
    productReadToRaw: reads && ratio(readsRateOf(reads.ours), readsRateOf(reads.raw)),
    threeReplicasToOne: replicas && ratio(medianOf(replicas.three), medianOf(replicas.one)),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Of the quickest of them, events a second; undefined when none was measured. */
function rateOf(results: readonly DrainResult[]): number | undefined {
  const rates = results.flatMap(({ rounds }) => medianOf(rounds.map(({ eventsPerSecond }) => eventsPerSecond)) ?? []);
  return rates.length === 0 ? undefined : Math.max(...rates);
}

/** Orders a second with as many customers as suit the shop best. */
function bestRateOf(shops: readonly ShopResult[], name: string): number | undefined {
  const rates = shops.filter(({ shop }) => shop === name).flatMap(({ buying }) => buying);
  return rates.length === 0 ? undefined : Math.max(...rates.map(({ ordersPerSecond }) => ordersPerSecond));
}

function readsRateOf(rounds: readonly ReadsRound[]): number | undefined {
  return medianOf(rounds.map(({ readsPerSecond }) => readsPerSecond));
}

function ordersRateOf(rounds: readonly OrdersRound[]): number | undefined {
  return medianOf(rounds.map(({ ordersPerSecond }) => ordersPerSecond));
}

function medianOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : median(values);
}

function ratio(of: number | undefined, to: number | undefined): number | undefined {
  return of === undefined || to === undefined || to === 0 ? undefined : of / to;
}
