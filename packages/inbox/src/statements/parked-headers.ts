import type { RawMessage } from '../subscription.js';

/** Headers as the table holds them: JSON [[name, base64],…], because Kafka repeats names and holds bytes. */
export function headersText(headers: RawMessage['headers']): string {
  return JSON.stringify(headers.map(([name, value]) => [name, Buffer.from(value).toString('base64')]));
}

export function headersOf(text: string): RawMessage['headers'] {
  const pairs = JSON.parse(text) as [name: string, base64: string][];
  return pairs.map(([name, value]) => [name, Buffer.from(value, 'base64')] as const);
}
