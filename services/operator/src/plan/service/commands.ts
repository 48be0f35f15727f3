import { commandAnnotation, COMMANDS, type CommandName } from '../../api/names.js';
import { iso } from '../duration.js';
import type { Draft } from './draft.js';
import { frozen, lastAttempt, othersAtWork, stepOf, wereStable, type Facts } from './facts.js';

/** What comes of a command, or why nothing does. */
type Answer = { readonly accepted: boolean; readonly message: string };

const accepted = (message: string): Answer => ({ accepted: true, message });
const refused = (message: string): Answer => ({ accepted: false, message });

/**
 * Takes one command, if there is one. It is taken once: it stays in the status as pending until its annotation is gone,
 * so that a crash in between does not take it twice.
 * @returns whether one was taken; then nothing else is decided in the same plan
 */
export function takeCommand(facts: Facts, draft: Draft): boolean {
  const annotations = facts.observed.resource.metadata.annotations ?? {};
  const { command } = draft.status;
  // one that is not answered yet is not forgotten for the sake of another: it would be taken again
  const isPending = command?.pending === true && annotations[annotationOf(command)] === command.value;
  const name = COMMANDS.find((one) => annotations[commandAnnotation(one)] !== undefined);
  if (isPending || name === undefined) return false;
  const value = annotations[commandAnnotation(name)] ?? '';
  const { accepted: isAccepted, message } = answer(facts, draft, name, value);
  draft.set({ command: { name, value, accepted: isAccepted, message, at: iso(facts.now), pending: true } });
  if (!isAccepted) draft.announce('CommandRefused', `${name}/${value}`, `${name}=${value} was refused: ${message}`);
  return true;
}

const annotationOf = ({ name }: { readonly name: string }): string => commandAnnotation(name as CommandName);

function answer(facts: Facts, draft: Draft, name: CommandName, value: string): Answer {
  if (value === '') return refused(`it needs a revision, as ${commandAnnotation(name)}=<revision>.`);
  switch (name) {
    case 'promote':
      return promote(facts, draft, value);
    case 'abort':
      return abort(draft, value);
    case 'pause':
      return pause(draft, value);
    case 'resume':
      return resume(facts, draft, value);
    case 'retry':
      return retry(facts, draft, value);
    case 'undo':
      return undo(facts, draft, value);
    case 'restart':
      return restart(facts, draft, value);
    case 'contract':
      return contract(facts, draft, value);
  }
}

/** Why a revision is not the one that is rolled out. */
function notRolledOut({ status }: Draft, value: string): Answer {
  const { rollout, stableRevision, aborted } = status;
  const gone = aborted?.find((one) => one.revision === value);
  if (gone !== undefined) return refused(`${value} was aborted (${gone.reason}); retry=${value} tries it again.`);
  if (value === stableRevision) return refused(`${value} is the stable revision.`);
  if (rollout === undefined) return refused('no roll-out is under way.');
  return refused(`${value} is not the canary; ${rollout.revision} is.`);
}

function promote({ spec, now }: Facts, draft: Draft, value: string): Answer {
  const { rollout } = draft.status;
  if (rollout?.revision !== value) return notRolledOut(draft, value);
  if (spec.paused) return refused('spec.paused is true; take that back first.');
  switch (rollout.phase) {
    case 'Migrate':
      return refused('its migration has not finished; no pod of it could work.');
    case 'Install':
      return refused('it is the first revision and gets all pods anyway.');
    case 'Promote':
      if (rollout.paused !== true) return accepted(`${value} takes over already.`);
      draft.setRollout({ paused: undefined, pausedBecause: undefined, promotedBy: 'person' });
      return accepted(`${value} goes on taking over.`);
    case 'Step':
      draft.setRollout({
        phase: 'Promote',
        promotedBy: 'person',
        step: spec.rollout.steps.length + 1,
        stepStartedAt: iso(now),
        heldSince: undefined,
        waitingSince: undefined,
        resumedStep: undefined,
        paused: undefined,
        pausedBecause: undefined,
      });
      draft.announce('Promoting', value, `${value} takes over: a person said promote.`);
      return accepted(`${value} takes over.`);
  }
}

function abort(draft: Draft, value: string): Answer {
  const { rollout } = draft.status;
  if (rollout?.revision !== value) return notRolledOut(draft, value);
  if (rollout.phase === 'Install') return refused('it is the first revision; there is none to go back to.');
  draft.abort(value, 'AbortedByPerson', 'a person said abort.');
  return accepted(`${value} was aborted.`);
}

function pause(draft: Draft, value: string): Answer {
  const { rollout } = draft.status;
  if (rollout?.revision !== value) return notRolledOut(draft, value);
  if (rollout.paused === true) return accepted('it is paused already.');
  draft.setRollout({ paused: true, pausedBecause: 'a person said pause.', waitingSince: undefined });
  draft.announce('Paused', value, `${value} takes no step: a person said pause.`);
  return accepted(`${value} is paused.`);
}

function resume({ spec, now }: Facts, draft: Draft, value: string): Answer {
  const { rollout } = draft.status;
  if (rollout?.revision !== value) return notRolledOut(draft, value);
  if (rollout.paused === true) {
    // What made it fail would fail it again at once: counting begins again.
    const again = rollout.step !== undefined && { stepStartedAt: iso(now), heldSince: undefined };
    draft.setRollout({ paused: undefined, pausedBecause: undefined, ...again });
  } else if (rollout.step !== undefined && rollout.phase === 'Step' && stepOf(spec, rollout.step)?.hold === undefined) {
    draft.setRollout({ resumedStep: rollout.step });
  } else {
    return refused('it waits for nobody.');
  }
  draft.announce('Resumed', value, `${value} goes on: a person said resume.`);
  return accepted(`${value} goes on.`);
}

function retry(facts: Facts, draft: Draft, value: string): Answer {
  if (!draft.isAborted(value)) return refused(`${value} was not aborted.`);
  if (value !== facts.specRevision)
    return refused(`spec asks for ${facts.specRevision}; only that can be tried again.`);
  const why = frozen(facts, draft.status, value);
  if (why !== undefined) return refused(`frozen: ${why}`);
  draft.set({ aborted: draft.status.aborted?.filter((one) => one.revision !== value) });
  draft.announce('Retried', value, `${value} is tried again: a person said retry.`);
  return accepted(`${value} is tried again.`);
}

function undo(facts: Facts, draft: Draft, value: string): Answer {
  const { status } = draft;
  const { rollout, stableRevision, contract: contracted } = status;
  const past = wereStable(status).filter((revision) => facts.revisions.get(revision)?.kept === true);
  if (value === stableRevision) {
    if (rollout === undefined) return refused(`${value} is the stable revision already.`);
    draft.abort(rollout.revision, 'Undone', `a person said undo=${value}.`);
    return accepted(`${rollout.revision} was aborted, ${value} stays.`);
  }
  if (draft.isAborted(value)) return notRolledOut(draft, value);
  if (!past.includes(value)) {
    const known = past.length === 0 ? 'there is none' : past.join(', ');
    return refused(`${value} is no revision that was stable before and is kept; of those ${known}.`);
  }
  const why = frozen(facts, status, value);
  if (why !== undefined) return refused(`frozen: ${why}`);
  if (contracted?.state === 'Running') return refused('a contract migration is running.');
  if (rollout !== undefined && rollout.revision !== value) {
    draft.abort(rollout.revision, 'Undone', `a person said undo=${value}.`);
  }
  if (facts.specRevision !== value && !draft.isAborted(facts.specRevision)) {
    draft.abort(facts.specRevision, 'Undone', `a person said undo=${value}.`);
  }
  draft.makeStable(value);
  draft.set({ goingBackSince: iso(facts.now) });
  draft.announce('Undone', value, `${value} is the stable revision again: a person said undo.`);
  return accepted(`${value} takes back all pods.`);
}

function restart({ sides, now }: Facts, draft: Draft, value: string): Answer {
  const { stableRevision, rollout, restarted = [] } = draft.status;
  const works = value === stableRevision || value === rollout?.revision;
  if (!works || !sides.has(value)) return refused(`${value} has no pods.`);
  const others = restarted.filter((one) => one.revision !== value);
  draft.set({ restarted: [...others, { revision: value, at: iso(now) }] });
  draft.announce('Restarted', value, `The pods of ${value} are replaced, one after another: a person said restart.`);
  return accepted(`the pods of ${value} are replaced.`);
}

function contract(facts: Facts, draft: Draft, value: string): Answer {
  const { stableRevision, rollout, contract: before } = draft.status;
  if (value !== stableRevision) {
    return refused(`${value} is not the stable revision; a contract migration runs for that alone.`);
  }
  if (facts.revisions.get(value)?.data.migration?.contract === undefined) {
    return refused(`${value} has no contract migration.`);
  }
  if (before?.revision === value && before.state !== 'Failed') {
    return refused(before.state === 'Running' ? 'it is running.' : 'it has run.');
  }
  if (rollout !== undefined) return refused(`${rollout.revision} is being rolled out.`);
  const others = othersAtWork(facts, draft.status);
  if (others.length > 0) return refused(`there still are pods of ${others.join(', ')}.`);
  const attempt = lastAttempt(facts, value, 'contract') + 1;
  draft.set({ contract: { revision: value, state: 'Running', attempt, message: 'The Job runs.' } });
  draft.announce('ContractStarted', value, `The contract migration of ${value} runs. Older revisions do not fit now.`);
  return accepted('the contract migration runs.');
}
