import { expect, test } from '@jest/globals';
import { EVENT_TYPE_FACTS, type PayloadOf, type SentEventOf } from './index.js';

type Lifecycle = 'order-lifecycle-event';

/** The payload of a type, as its example has it. */
function exampleOf<N extends SentEventOf<Lifecycle>['type']>(type: N): PayloadOf<Lifecycle, N> {
  const facts = EVENT_TYPE_FACTS['order-lifecycle-event'].find((one) => one.type === type);
  return facts?.about.example as PayloadOf<Lifecycle, N>;
}

test('an event to send has the payload of its own type: another type’s does not compile', () => {
  const placed = exampleOf('ORDER_PLACED');
  const disputed = exampleOf('ORDER_DISPUTED');
  const type = placed.total > 0 ? 'ORDER_DISPUTED' : 'ORDER_PLACED';
  const events: SentEventOf<Lifecycle>[] = [
    { type: 'ORDER_PLACED', payload: placed },
    { type: 'ORDER_DISPUTED', payload: disputed },
    // @ts-expect-error what is disputed is missing
    { type: 'ORDER_DISPUTED', payload: placed },
    // @ts-expect-error it may be missing
    { type, payload: placed },
  ];
  expect(events).toHaveLength(4);
});
