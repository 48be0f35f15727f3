import { decodeEvent, encodeEvent, type EncodedEvent, type EventOf, type EventSource } from '@outrider/contracts';
import { decideOnCredit } from './credit-terms.js';

const TOPIC = 'check-answer-event';

/**
 * The answer to a message of `check-event`, with the id of the command that it answers. It follows from the question alone, so
 * that a question that comes again is answered again, and nothing need be stored.
 *
 * @returns why it is no question, where it is none
 */
export function answerTo(from: EventSource, value: Uint8Array | null): EncodedEvent | string {
  const decoded = decodeEvent('check-event', value);
  return decoded.ok ? answerOf(from, decoded.event) : decoded.reason;
}

function answerOf(from: EventSource, { orderId, payload }: EventOf<'check-event'>): EncodedEvent {
  const { commandId } = payload;
  const answer = decideOnCredit(payload);
  switch (answer.verdict) {
    case 'pass':
      return encodeEvent(from, TOPIC, 'CHECK_PASSED', orderId, { commandId });
    case 'refuse': {
      const { code, reason } = answer;
      return encodeEvent(from, TOPIC, 'CHECK_REFUSED', orderId, { commandId, code, reason });
    }
    case 'review':
      return encodeEvent(from, TOPIC, 'CHECK_REVIEW', orderId, { commandId, reason: answer.reason });
  }
}
