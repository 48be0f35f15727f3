import { z } from 'zod';
import { ApiError } from '../api/api-error.js';
import { call } from '../api/call.js';

/** Does what the payment provider asks a customer for. One who comes too late is turned away, and the order shows how it ends. */
export async function approvePayment(redirectUrl: string, signal: AbortSignal): Promise<void> {
  try {
    await call({ method: 'POST', url: redirectUrl, body: { outcome: 'approve' }, answer: z.unknown(), signal });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}
