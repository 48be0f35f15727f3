import type { OpenRefund } from '../refund.js';
import type { SagaCommand } from '../saga-command.js';

/** A command on the wire, with what else its event says. */
export interface Sent {
  readonly command: SagaCommand;
  readonly refund: OpenRefund | null;
  /** of a request to keep stock longer: until when */
  readonly until: Date | null;
}
