import { InvalidArgumentError, type Command } from 'commander';
import type { ClusterOptions } from './forward-port.js';

export const SERVICES = ['order', 'inventory', 'payment', 'product'] as const;
export type Service = (typeof SERVICES)[number];

/** What every command understands. */
export interface Options extends ClusterOptions {
  readonly service?: Service;
  readonly url?: string;
  /** of Helm, in the namespace */
  readonly release?: string;
  readonly token?: string;
  readonly json?: true;
}

/** Adds what says how a cluster is reached. */
export function clusterOptions(made: Command, namespace: string): Command {
  return made
    .option('-n, --namespace <name>', namespace)
    .option('--kubeconfig <file>', 'how the cluster is reached (default: as kubectl does)')
    .option('--context <name>', 'a context of the kubeconfig');
}

/** A point in time as ISO 8601 with a zone, or a day, which begins at midnight UTC. @returns milliseconds, UTC, ISO 8601 */
export function time(text: string): string {
  const day = /^\d{4}-\d{2}-\d{2}$/u.test(text);
  const point = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/u.test(text);
  const date = new Date(day ? `${text}T00:00:00Z` : text);
  if ((!day && !point) || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError(
      'It must be a day or a time with its zone, like 2026-01-31 or 2026-01-31T12:00:00Z.',
    );
  }
  return date.toISOString();
}

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30m`, `24h`, `7d`. @returns ms */
export function duration(text: string): number {
  const [, amount, unit] = /^([1-9]\d{0,4})([mhd])$/u.exec(text) ?? [];
  if (amount === undefined || unit === undefined) throw new InvalidArgumentError('It must be like 30m, 24h or 7d.');
  return Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** `3/42`: partition and offset. */
export function position(text: string): string {
  if (!/^\d{1,9}\/-?\d{1,19}$/u.test(text)) {
    throw new InvalidArgumentError('It must be a partition and an offset, like 3/42.');
  }
  return text;
}

export function eventId(text: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu.test(text)) throw new InvalidArgumentError('It must be a UUID.');
  return text.toLowerCase();
}

export function httpUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/u.test(new URL(text).protocol)) {
    throw new InvalidArgumentError('It must be an http or https URL.');
  }
  return text.replace(/\/$/u, '');
}
