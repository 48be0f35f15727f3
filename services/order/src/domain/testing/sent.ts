import type { OpenRefund } from '../refund.js';
import type { SagaCommand } from '../saga-command.js';

/** A command on the wire, with what its event says of a refund. */
export interface Sent {
  readonly command: SagaCommand;
  readonly refund: OpenRefund | null;
}
