import type { CommerceServiceStatus } from '../../api/commerce-service.js';
import { milliseconds, since } from '../duration.js';
import { mayBegin, stepReplicas } from './advance.js';
import type { Facts } from './facts.js';

/**
 * How many pods each revision should ask for now. A pure function of what was decided and what is ready: whatever
 * happened in between, the next plan asks for the same.
 * - The stable revision has all of its pods, until another takes over from it.
 * - While it does, it is one up, one down: a pod of the old one goes when one of the new one is ready.
 * - Going back, the stable one gets all pods at once, and the other loses a pod for each that is ready.
 */
export function wantedReplicas(facts: Facts, status: CommerceServiceStatus): ReadonlyMap<string, number> {
  const { spec } = facts;
  const { rollout, stableRevision } = status;
  const wanted = new Map<string, number>();
  if (stableRevision !== undefined) wanted.set(stableRevision, stableReplicas(facts, status));
  if (rollout !== undefined && rollout.phase !== 'Migrate') {
    wanted.set(rollout.revision, rolledOutReplicas(facts, status));
  }
  // What may still work of revisions that are neither: none, or as many as are needed until others are ready.
  let needed = 0;
  if (stableRevision === undefined) needed = spec.replicas - certain(facts, rollout?.revision);
  else if (status.goingBackSince !== undefined) needed = spec.replicas - certain(facts, stableRevision);
  for (const [revision, side] of newestFirst(facts)) {
    if (wanted.has(revision)) continue;
    // what is not ready serves nobody, and must not take the place of what does
    const left = Math.max(Math.min(side.ready, needed), Math.min(side.wanted, lastPod(facts, status, revision)));
    wanted.set(revision, left);
    needed = Math.max(0, needed - left);
  }
  return wanted;
}

function stableReplicas({ sides, spec }: Facts, { rollout }: CommerceServiceStatus): number {
  if (rollout?.phase !== 'Promote') return spec.replicas;
  const last = milliseconds(spec.rollout.scaleDownDelay) > 0 ? Math.min(1, spec.replicas) : 0;
  return Math.max(last, spec.replicas - (sides.get(rollout.revision)?.ready ?? 0));
}

function rolledOutReplicas(facts: Facts, { rollout }: CommerceServiceStatus): number {
  const { spec, sides } = facts;
  if (rollout?.phase === 'Install') return spec.replicas;
  if (rollout?.phase === 'Step') return stepReplicas(facts, rollout.step ?? 1);
  const side = rollout === undefined ? undefined : sides.get(rollout.revision);
  const now = side?.wanted ?? 0;
  const more = side?.allReady !== false && rollout?.paused !== true && !spec.paused ? 1 : 0;
  return Math.min(spec.replicas, now + more);
}

/** The old revision's last pod stays for `scaleDownDelay` after another has taken over, unless spec asks for a third. */
function lastPod(facts: Facts, status: CommerceServiceStatus, revision: string): number {
  const { spec, now } = facts;
  const [stable, previous] = status.history ?? [];
  // another revision begins only when it is gone
  if (!spec.paused && mayBegin(facts, status)) return 0;
  if (stable === undefined || previous?.revision !== revision || status.rollout !== undefined) return 0;
  if (status.aborted?.some((one) => one.revision === revision) === true) return 0;
  return since(stable.at, now) < milliseconds(spec.rollout.scaleDownDelay) ? Math.min(1, spec.replicas) : 0;
}

const certain = ({ sides }: Facts, revision: string | undefined): number =>
  revision === undefined ? 0 : (sides.get(revision)?.certain ?? 0);

const newestFirst = ({ sides, revisions }: Facts) =>
  [...sides].toSorted(([one], [other]) => (revisions.get(other)?.number ?? 0) - (revisions.get(one)?.number ?? 0));
