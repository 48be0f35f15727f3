import type { ParkedPlace } from '@outrider/inbox';

/** Where a list of dead letters goes on: the outbox's by key come first, then the inbox's. */
export type LetterPlace =
  | { readonly source: 'outbox'; readonly key: string }
  | { readonly source: 'inbox'; readonly place: ParkedPlace };

/** The path of a dead letter below /dead-letters, which is its id. */
export function letterId(place: LetterPlace): string {
  const parts =
    place.source === 'outbox'
      ? [place.key]
      : 'offset' in place.place
        ? [place.place.topic, String(place.place.partition), String(place.place.offset)]
        : [place.place.topic, place.place.key];
  return [place.source, ...parts.map(encodeURIComponent)].join('/');
}

/** What letterId made; undefined when it did not make it. */
export function parseLetterId(id: string): LetterPlace | undefined {
  const parts = id.split('/').map(decoded);
  if (!parts.every((part) => part !== undefined)) return undefined;
  const [source, first, second, third] = parts;
  if (source === 'outbox' && parts.length === 2 && first !== undefined) return { source, key: first };
  if (source !== 'inbox' || first === undefined || second === undefined) return undefined;
  if (parts.length === 3) return { source, place: { topic: first, key: second } };
  const position = third === undefined || parts.length > 4 ? undefined : parsePosition(`${second}/${third}`);
  return position === undefined ? undefined : { source, place: { topic: first, ...position } };
}

/** `3/42`: partition and offset. */
export function parsePosition(text: string): { partition: number; offset: bigint } | undefined {
  const [, partition, offset] = /^(\d{1,9})\/(-?\d{1,18}|-?[1-8]\d{18})$/u.exec(text) ?? [];
  return partition === undefined || offset === undefined
    ? undefined
    : { partition: Number(partition), offset: BigInt(offset) };
}

function decoded(part: string): string | undefined {
  try {
    const text = decodeURIComponent(part);
    return text.includes('\0') ? undefined : text;
  } catch {
    // not what encodeURIComponent makes
    return undefined;
  }
}
