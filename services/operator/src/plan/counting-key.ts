import type { CommerceService } from '../api/commerce-service.js';

/** What is to be counted for a roll-out: since when, of which revisions. */
export interface Counting {
  /** changes with each step: counting begins again */
  readonly key: string;
  readonly canary: string;
  readonly stable: string;
}

/** @returns what is to be counted now; undefined while nothing is compared */
export function counting({ status }: CommerceService): Counting | undefined {
  const rollout = status?.rollout;
  if (status?.stableRevision === undefined || rollout?.step === undefined) return undefined;
  const { revision, step, stepStartedAt } = rollout;
  return { key: `${revision}/${step}/${stepStartedAt}`, canary: revision, stable: status.stableRevision };
}
