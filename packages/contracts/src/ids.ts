import { v7 } from 'uuid';
import { z } from 'zod';

/** An identifier: UUIDv7, lower case, made by the service that owns the thing it names. */
export const idSchema = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u, 'must be a UUIDv7 in lower case');

/** A new identifier; ids made later by one process sort after earlier ones. */
export function newId(): string {
  return v7();
}

/** When an id was made, in ms since 1970. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** The lowest id of a time, in ms since 1970: ids that were made from then on are not below it, those before are. */
export function idAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}

/** A point in time: UTC, ISO 8601, milliseconds. */
export const timestampSchema = z.iso.datetime();
