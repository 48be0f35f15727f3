import type { PodState } from './observed.js';

/** What keeps pods from being ready, as a sentence that says where to look. */
export function problemOf(pods: readonly PodState[]): string {
  const troubled = pods.filter(({ problem, terminating }) => problem !== undefined && !terminating);
  const [first] = troubled;
  if (first?.problem === undefined) return 'See kubectl describe pod for what they wait for.';
  const { reason, message } = first.problem;
  const others = troubled.length > 1 ? ` (and ${troubled.length - 1} more)` : '';
  return `Pod ${first.name}${others}: ${reason}${message === '' ? '' : `: ${message}`}. See kubectl describe pod ${first.name}.`;
}
