import type { StockLevel } from '../domain/stock.js';

/** A level in Redis: `version available asOf`, the version first, where the script looks for it. */
export function writeEntry(level: StockLevel | null): string {
  // a product without facts is version 0: any fact is newer
  return level === null ? '0' : `${level.version} ${level.available} ${level.asOf}`;
}

const ENTRY = /^(\d{1,16}) (\d{1,16}) (\d{1,16})$/u;

/** Reads an entry; undefined when there is none, or none of ours. */
export function readEntry(text: string | null | undefined): StockLevel | null | undefined {
  if (text === '0') return null;
  const [, version, available, asOf] = ENTRY.exec(text ?? '') ?? [];
  if (version === undefined) return undefined;
  const level = { version: Number(version), available: Number(available), asOf: Number(asOf) };
  return Object.values(level).every(Number.isSafeInteger) ? level : undefined;
}
