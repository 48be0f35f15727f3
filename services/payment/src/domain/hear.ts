import type { Payment } from './payment.js';
import type { ProviderPart, ProviderRecord } from './provider-answer.js';

/** A try at a command's operation; with every change of hands the version is another. */
export interface Try {
  readonly commandId: string;
  readonly version: number;
}

/** Does an answer still count, or has somebody else taken the attempt over, or ended it, since it was asked for? */
export function stillCounts(running: Try, asked: Try): boolean {
  return running.commandId === asked.commandId && running.version === asked.version;
}

/** Is what the provider shows of this payment? By its name for it, which is not known before the first answer. */
export function isOf(payment: Payment, provider: string, { reference }: ProviderRecord | ProviderPart): boolean {
  return payment.provider === provider && [null, reference].includes(payment.providerReference);
}

/**
 * What a part shows, as a whole: for the rest it is as we know it. Undefined when we do not know it as captured, so that
 * refunds and disputes of it say too little.
 */
export function wholeOf(payment: Payment, shown: ProviderRecord | ProviderPart): ProviderRecord | undefined {
  if (shown.status !== undefined) return shown;
  const { capturedAmount } = payment;
  return capturedAmount === 0 ? undefined : { ...shown, status: 'CAPTURED', capturedAmount, reason: null };
}
