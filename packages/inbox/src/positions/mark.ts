import { createHash } from 'node:crypto';
import type { RawMessage } from '../subscription.js';

/** A message of a partition's log: its offset, and what distinguishes it from any other that could have that offset. */
export interface Mark {
  readonly offset: bigint;
  readonly fingerprint: string;
}

/** 132 bits: no two messages of any topic share it by chance. */
const HASH_CHARACTERS = 22;

/**
 * The fingerprint is the message's time and a hash of time, key and value. The time is part of it because a replay may
 * bring the same event to the same offset of another log.
 */
export function markOf({ offset, key, value, timeMs }: RawMessage): Mark {
  const hash = createHash('sha256');
  hash.update(`${timeMs ?? ''}`);
  for (const part of [key, value]) {
    hash.update(part === null ? 'null' : `${part.length}:`);
    if (part !== null) hash.update(part);
  }
  const time = timeMs === undefined ? '-' : timeText(timeMs);
  return { offset, fingerprint: `${time} ${hash.digest('base64url').slice(0, HASH_CHARACTERS)}` };
}

/** For people who read the table; a producer may give a message a time that no calendar has. */
function timeText(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? String(ms) : time.toISOString();
}
