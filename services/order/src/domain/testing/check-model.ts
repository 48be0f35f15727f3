import type { SagaInput } from '../saga-input.js';
import type { Sent } from './sent.js';
import type { Chance } from './random.js';

/**
 * A shop's check as its contract promises it, for one order: it decides once, answers each command with what it has decided
 * by then, and may leave it to a person, who decides later or never.
 */
export class CheckModel {
  state: 'NONE' | 'REVIEW' | 'PASSED' | 'REFUSED' = 'NONE';
  #commandId = '';

  constructor(private readonly chance: Chance) {}

  handle({ command: { commandId } }: Sent): SagaInput[] {
    this.#commandId = commandId;
    if (this.state === 'NONE')
      this.state = this.chance.of(['PASSED', 'PASSED', 'PASSED', 'REFUSED', 'REVIEW', 'REVIEW']);
    return [this.#answer()];
  }

  /** The person decides, if one is to. */
  work(): SagaInput[] {
    if (this.state !== 'REVIEW' || this.chance.is(0.5)) return [];
    this.state = this.chance.of(['PASSED', 'REFUSED']);
    return [this.#answer()];
  }

  #answer(): SagaInput {
    const commandId = this.#commandId;
    switch (this.state) {
      case 'PASSED':
        return { type: 'CHECK_PASSED', payload: { commandId } };
      case 'REFUSED':
        return { type: 'CHECK_REFUSED', payload: { commandId, code: 'credit-limit' } };
      case 'NONE':
      case 'REVIEW':
        return { type: 'CHECK_REVIEW', payload: { commandId } };
    }
  }
}
