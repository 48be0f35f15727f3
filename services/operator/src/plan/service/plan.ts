import type { CommerceServiceStatus } from '../../api/commerce-service.js';
import { commandAnnotation, type CommandName } from '../../api/names.js';
import type { Action, ServicePlan } from '../actions.js';
import { canonical } from '../canonical.js';
import { milliseconds } from '../duration.js';
import type { ObservedService } from '../observed.js';
import { advance } from './advance.js';
import { takeCommand } from './commands.js';
import { Draft } from './draft.js';
import { facts, stepOf, type Facts } from './facts.js';
import { forget } from './history.js';
import { objectActions } from './objects.js';
import { report } from './report.js';
import { undecidedAt } from './stalled.js';

/**
 * What is to be done for a CommerceService now. Pure: the same for the same input. What is decided is written first,
 * with the Events that announce it; then the cluster is made as it was decided. So a crash after any action loses
 * nothing, and repeats nothing that counts.
 * @param now ms since 1970
 */
export function planService(observed: ObservedService, now: number): ServicePlan {
  const { resource } = observed;
  // What it owns goes with it; until then nothing is put back.
  if (resource.metadata.deletionTimestamp !== undefined) return { actions: [], again: undefined };

  const before = resource.status ?? {};
  const about = facts(observed, now);
  const draft = new Draft(before, now);
  if (!takeCommand(about, draft)) advance(about, draft);
  prune(about, draft);
  report(about, draft);

  const decided = draft.status;
  const answered = announce(about, draft);
  const actions: Action<CommerceServiceStatus>[] = [
    ...(canonical(decided) === canonical(before) ? [] : [{ kind: 'status' as const, status: decided }]),
    ...answered,
    ...(canonical(draft.status) === canonical(decided) ? [] : [{ kind: 'status' as const, status: draft.status }]),
    ...objectActions(about, decided),
    ...forget(about, decided),
  ];
  return { actions, again: again(about, decided) };
}

/** Writes the Events that wait, and takes the answered command away. Then the status needs neither any more. */
function announce({ observed }: Facts, draft: Draft): Action<CommerceServiceStatus>[] {
  const { unannounced = [], command } = draft.status;
  const events = unannounced.map((event) => ({ kind: 'event' as const, ...event }));
  draft.set({ unannounced: undefined });
  if (command?.pending !== true) return events;
  draft.set({ command: { ...command, pending: false } });
  const name = commandAnnotation(command.name as CommandName);
  const still = observed.resource.metadata.annotations?.[name] === command.value;
  return still ? [...events, { kind: 'removeAnnotation', name, value: command.value }] : events;
}

/** Leaves out of the status what is about revisions that are no longer kept. */
function prune({ revisions, specRevision }: Facts, draft: Draft): void {
  const { aborted, restarted, history } = draft.status;
  const known = ({ revision }: { readonly revision: string }): boolean =>
    revision === specRevision || revisions.has(revision);
  draft.set({
    aborted: some(aborted?.filter(known)),
    restarted: some(restarted?.filter(known)),
    history: some(history?.filter((one, index) => index === 0 || known(one)).slice(0, 20)),
  });
}

const some = <T>(list: readonly T[] | undefined): readonly T[] | undefined =>
  list === undefined || list.length === 0 ? undefined : list;

/** When time alone may change what is decided. */
function again(about: Facts, status: CommerceServiceStatus): number | undefined {
  const { spec, now } = about;
  const { rollout, goingBackSince, history, stableRevision } = status;
  const { readyDeadline, scaleDownDelay, analysis } = spec.rollout;
  const after = (from: string | undefined, length: string | undefined): number | undefined =>
    from === undefined || length === undefined ? undefined : Date.parse(from) + milliseconds(length);
  const moments = [
    after(rollout?.waitingSince, readyDeadline),
    after(rollout?.heldSince, stepOf(spec, rollout?.step ?? 1)?.hold),
    undecidedAt(about, status),
    after(goingBackSince, readyDeadline),
    after(history?.[0]?.revision === stableRevision ? history?.[0]?.at : undefined, scaleDownDelay),
    rollout?.step === undefined ? undefined : now + milliseconds(analysis.interval),
  ].filter((moment) => moment !== undefined && moment > now);
  return moments.length === 0 ? undefined : Math.min(...(moments as number[])) - now;
}
