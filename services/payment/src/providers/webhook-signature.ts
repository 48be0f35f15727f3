import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedBytes {
  /** `t=<seconds since 1970>,v1=<hex>`, with several v1 while a provider changes its secret */
  readonly signature: string | string[] | undefined;
  readonly raw: Buffer;
  /** those that are valid: two while the provider's is exchanged */
  readonly secrets: readonly string[];
  /** how far the signature's time may be from ours, either way, in ms */
  readonly toleranceMs: number;
  /** ms since 1970 */
  readonly now: number;
}

const TIME = /^t=(\d{1,15})$/u;
const SUM = /^v1=([\da-f]{64})$/u;

/**
 * Checks a webhook's HMAC-SHA256 over `t.body`, byte for byte, in constant time. The time is signed too: an
 * intercepted webhook is accepted for no longer than the tolerance.
 *
 * @returns why it is not genuine, or undefined when it is
 */
export function signatureFault({ signature, raw, secrets, toleranceMs, now }: SignedBytes): string | undefined {
  if (typeof signature !== 'string') return 'it is not signed';
  const parts = signature.split(',');
  const times = parts.flatMap((part) => TIME.exec(part)?.[1] ?? []);
  const sums = parts.flatMap((part) => SUM.exec(part)?.[1] ?? []);
  const [seconds] = times;
  if (seconds === undefined || times.length > 1) return 'the signature has no time';
  const isRight = (secret: string): boolean => {
    const right = createHmac('sha256', secret).update(`${seconds}.`).update(raw).digest();
    return sums.some((sum) => timingSafeEqual(Buffer.from(sum, 'hex'), right));
  };
  if (!secrets.some(isRight)) return 'the signature is wrong';
  return Math.abs(now - Number(seconds) * 1000) > toleranceMs
    ? 'the signature is too old, or from the future'
    : undefined;
}
