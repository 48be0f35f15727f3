import { inSpan, SpanKind } from '@outrider/service-kit/tracing';
import type { Attempt } from '../domain/attempt.js';
import type { ProviderAnswer } from '../domain/provider-answer.js';

/**
 * A span around what the provider is asked, in the trace of the order. It has failed when the provider did not answer;
 * a decline is an answer. The provider is told nothing of it.
 */
export function inProviderSpan(
  provider: string,
  { payment, operation, command }: Attempt,
  ask: () => Promise<ProviderAnswer>,
): Promise<ProviderAnswer> {
  return inSpan(
    {
      name: `provider ${operation.kind}`,
      kind: SpanKind.CLIENT,
      traceparent: payment.traceparent ?? null,
      attributes: {
        'outrider.order.id': payment.orderId,
        'outrider.provider': provider,
        'outrider.attempt.tries': command.tries,
      },
      judge: (answer) => ({
        attributes: { 'outrider.attempt.answer': answer.kind },
        failed: answer.kind === 'unanswered',
      }),
    },
    ask,
  );
}
