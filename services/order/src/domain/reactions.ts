import type { Advance } from './advance.js';
import type { Ledger } from './ledger.js';
import type { ASKS } from './open-commands.js';
import type { Answer, AnswerTo, Occurrence } from './saga-input.js';
import type { Saga, SagaStep } from './saga-state.js';
import type { SagaTiming } from './saga-timing.js';

/** What a reaction decides from, besides its input. */
export interface Situation {
  readonly saga: Saga;
  readonly now: Date;
  readonly timing: SagaTiming;
  /** the order's refunds and disputes, for the inputs that `needsLedger` names */
  readonly ledger: Ledger;
}

/** What means something in some steps and nothing in others. */
export type StepInput = Answer | Occurrence;
export type InputOf = { readonly [N in StepInput['type']]: Extract<StepInput, { type: N }> };

export type Reaction<N extends StepInput['type']> = (situation: Situation, input: InputOf[N]) => Advance;

type AskedIn<Step extends SagaStep> = (typeof ASKS)[Step][keyof (typeof ASKS)[Step]];

/**
 * What a step makes of its inputs. It must have a reaction to every answer to the commands that it asks with, and to
 * everything that can happen at any time: a new kind of event does not compile until each step concerned decides.
 */
export type Reactions<Step extends SagaStep> = {
  readonly [N in AnswerTo<AskedIn<Step>> | Occurrence['type']]: Reaction<N>;
};
