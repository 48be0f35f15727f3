import type { OrderStatus } from '@outrider/contracts';
import type { Why } from './reason.js';
import type { SagaStep } from './saga-state.js';

/** One change of a saga. */
export interface TimelineEntry {
  readonly orderId: string;
  /** of the saga, after it */
  readonly version: number;
  readonly at: Date;
  readonly input: string;
  readonly step: SagaStep;
  readonly status: OrderStatus;
  /** the event that the input came with; null for a clock or a request */
  readonly eventId: string | null;
  /** types of the commands sent */
  readonly sent: readonly string[];
  readonly why: Why | null;
}
