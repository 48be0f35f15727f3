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

/** A point in time: UTC, ISO 8601, milliseconds. */
export const timestampSchema = z.iso.datetime();
