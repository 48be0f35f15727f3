/** The parts of an event that become its message. */
interface Sized {
  readonly key: string;
  readonly payload: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The header of a record batch: offsets, lengths, checksum, times, producer. */
const BATCH_FRAME_BYTES = 61;
/** Attributes, time delta and offset delta of the only record of a batch, a byte each. */
const RECORD_FRAME_BYTES = 3;

/**
 * The bytes of an event as a broker counts them against its limit: a record batch with this one record, in Kafka's
 * message format 2, without compression.
 */
export function eventBytes({ key, payload, headers = {} }: Sized): number {
  const entries = Object.entries(headers);
  let record = RECORD_FRAME_BYTES + textBytes(key) + textBytes(payload) + varintBytes(entries.length);
  for (const [name, value] of entries) record += textBytes(name) + textBytes(value);
  return BATCH_FRAME_BYTES + varintBytes(record) + record;
}

function textBytes(text: string): number {
  const bytes = Buffer.byteLength(text, 'utf8');
  return varintBytes(bytes) + bytes;
}

/** Of a non-negative number: zigzag doubles it, each byte holds seven bits. */
function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value * 2; rest > 127; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}
