import { createHmac } from 'node:crypto';

export const WEBHOOK_SIGNATURE_HEADER = 'simulator-signature';

/**
 * Signs a webhook: `t=<seconds since 1970>,v1=<HMAC-SHA256 over "t.body", in hex>`. The time is signed too, so that
 * what was overheard cannot be sent again later.
 */
export function signWebhook(secret: string, body: string, seconds = Math.floor(Date.now() / 1000)): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}
