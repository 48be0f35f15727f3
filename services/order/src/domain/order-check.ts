import { ignored, step, undo, type Advance } from './advance.js';
import { extension } from './open-commands.js';
import type { InputOf, Situation } from './reactions.js';
import { why } from './reason.js';
import { enter, type Saga } from './saga-state.js';

/** The step that asks for the money, or the one after it where there is none to ask for. */
export function enterPayment(situation: Situation): Advance {
  const { saga, now, timing } = situation;
  return step(enter(saga, saga.total === 0 ? 'CONFIRMING' : 'AUTHORIZING', now, timing));
}

export function passed(situation: Situation): Advance {
  return enterPayment({ ...situation, saga: { ...situation.saga, check: 'PASSED' } });
}

/** Nothing was asked of payment: only the stock is to be released. */
function refuse({ saga, now, timing }: Situation, code: string, detail: string | null): Advance {
  const decidedSo: Saga = { ...saga, check: 'REFUSED', checkCode: code };
  return undo(decidedSo, 'FAILED', why('check-refused', detail), now, timing);
}

export function refused(situation: Situation, { payload: { code, reason } }: InputOf['CHECK_REFUSED']): Advance {
  return refuse(situation, code, reason ?? null);
}

/**
 * A person must decide: the order waits longer, its deadline never comes nearer, and its stock is kept as long. The
 * question stays open, and is asked again at its times: the answer may come from where it was asked, too.
 */
export function awaitPerson({ saga, now, timing }: Situation, { payload }: InputOf['CHECK_REVIEW']): Advance {
  if (saga.check === 'REVIEW') return ignored('the order waits for a person already');
  const latest = now.getTime() + timing.reviewMs;
  const deadlineAt = new Date(Math.max(saga.deadlineAt?.getTime() ?? 0, latest));
  const waiting: Saga = { ...saga, check: 'REVIEW', deadlineAt };
  return step(waiting, [extension(waiting)], why(null, payload.reason ?? null));
}

/** A person decides, whether or not the check has answered; the timeline says who and why. */
export function decided(situation: Situation, { decision, by, reason }: InputOf['CHECK_DECIDED']): Advance {
  switch (decision.kind) {
    case 'pass': {
      const advance = passed(situation);
      return advance.kind === 'ignored' ? advance : { ...advance, why: why(null, `passed by ${by}: ${reason}`) };
    }
    case 'refuse':
      return refuse(situation, decision.code, `refused by ${by}: ${reason}`);
  }
}

export function checkedTooLate({ saga, now, timing }: Situation): Advance {
  const waitedFor = saga.check === 'REVIEW' ? 'nobody decided in time' : 'the check did not answer in time';
  return undo(saga, 'FAILED', why('check-timeout', waitedFor), now, timing);
}
