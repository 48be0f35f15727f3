import { createHmac } from 'node:crypto';

export const WEBHOOK_SIGNATURE_HEADER = 'simulator-signature';
export const STRIPE_SIGNATURE_HEADER = 'stripe-signature';

/**
 * Signs a webhook, in the one form that the simulator and Stripe have: `t=<seconds since 1970>,v1=<HMAC-SHA256 over "t.body", in hex>`. The time is signed too, so that
 * what was overheard cannot be sent again later.
 */
export function signWebhook(secret: string, body: string, seconds = Math.floor(Date.now() / 1000)): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}
