import type { CommerceServiceStatus } from '../../api/commerce-service.js';
import { REVISION_LABEL } from '../../api/names.js';
import type { Action } from '../actions.js';
import type { Facts } from './facts.js';
import { remove } from './objects.js';

/** Deletes what is left of revisions beyond `revisionHistoryLimit`: Deployments and Jobs first, what they were made of last. */
export function forget(facts: Facts, status: CommerceServiceStatus): Action<CommerceServiceStatus>[] {
  const { observed, revisions, jobs, sides } = facts;
  const kept = keptRevisions(facts, status);
  const old = [...revisions].filter(([revision, { kept: exists }]) => exists && !kept.has(revision));
  return old.flatMap(([revision]) => {
    const side = sides.get(revision);
    const data = observed.revisions.find(({ metadata }) => metadata.labels?.[REVISION_LABEL] === revision);
    return [
      ...(side === undefined ? [] : [remove('apps/v1', 'Deployment', side.deployment.metadata)]),
      ...jobs.filter((one) => one.revision === revision).map(({ job }) => remove('batch/v1', 'Job', job.metadata)),
      ...(data === undefined ? [] : [remove('apps/v1', 'ControllerRevision', data.metadata)]),
    ];
  });
}

function keptRevisions({ spec, specRevision, revisions, sides }: Facts, status: CommerceServiceStatus): Set<string> {
  const { stableRevision, rollout, contract } = status;
  const needed = [specRevision, stableRevision, rollout?.revision, contract?.revision];
  const busy = [...sides].flatMap(([revision, { wanted, pods }]) => (wanted > 0 || pods > 0 ? [revision] : []));
  const kept = new Set([...needed, ...busy].filter((revision) => revision !== undefined));
  // Those that were stable can be gone back to; the others are kept only as far as there is room.
  const past = new Set(status.history?.map(({ revision }) => revision));
  const rest = [...revisions]
    .filter(([revision]) => !kept.has(revision))
    .toSorted(
      ([one, { number: a }], [other, { number: b }]) => Number(past.has(other)) - Number(past.has(one)) || b - a,
    );
  for (const [revision] of rest.slice(0, spec.revisionHistoryLimit)) kept.add(revision);
  return kept;
}
