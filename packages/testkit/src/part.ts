import type { Keeper } from './keeper/keeper.js';
import type { InfraSecurity } from './security.js';

/** The servers this package can provide. */
export const PARTS = ['postgres', 'kafka', 'redis'] as const;
export type Part = (typeof PARTS)[number];

/** Where a server comes from: given by a URL, a container, or started on this machine from a registry package. */
export const MODES = ['url', 'docker', 'embedded'] as const;
export type Mode = (typeof MODES)[number];

export type Log = (line: string) => void;

/** What a way of starting a server is given. */
export interface StartContext {
  readonly keeper: Keeper;
  readonly log: Log;
  /** Absolute. The part makes its own folder in it. */
  readonly dataDirectory: string;
  /** False: writes are not flushed to disk, faster and lost with the machine. */
  readonly durable: boolean;
  /** see InfraOptions */
  readonly fullJvm?: boolean | undefined;
  /** undefined: servers speak plain text */
  readonly security?: InfraSecurity | undefined;
  /** of an embedded Kafka that speaks plain text; by default 1 */
  readonly brokers?: number | undefined;
}

/** A server that answers. */
export interface StartedPart {
  /** PostgreSQL or Redis URL; for Kafka `host:port`, comma separated. */
  readonly url: string;
  /** Kafka alone, with security: `host:port` for clients that log in by certificate. */
  readonly certificateBroker?: string;
  /** As the server reports it. */
  readonly version: string;
  /** Absent when the server does not run under the keeper. */
  readonly pid?: number;
  /** Embedded Kafka alone: in the order of the url. */
  readonly brokerPids?: readonly number[];
}
