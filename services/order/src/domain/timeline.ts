import type { OrderStatus } from '@outrider/contracts';
import type { Why } from './reason.js';
import type { SagaStep } from './saga-state.js';

/** One change of a saga, as it is remembered. */
export interface TimelineEntry {
  readonly orderId: string;
  /** of the saga, after it */
  readonly version: number;
  readonly at: Date;
  readonly input: string;
  readonly step: SagaStep;
  readonly status: OrderStatus;
  /** the event that brought the input; null where a clock or a person did */
  readonly eventId: string | null;
  /** types of the commands that went out */
  readonly sent: readonly string[];
  readonly why: Why | null;
}
