import type { Condition } from '../api/objects.js';
import type { StalledResource } from '../operator-metrics.js';
import type { ClusterView } from './cluster-view.js';

/** Conditions with which a resource waits for a person. */
const WAITING: ReadonlySet<string> = new Set(['Stalled', 'LagNotFalling']);

/** All resources that do not get on without a person. */
export function stalledOf({ services, workers }: Pick<ClusterView, 'services' | 'workers'>): StalledResource[] {
  const reasonOf = (conditions: readonly Condition[] = []): string | undefined =>
    conditions.find(({ type, status }) => WAITING.has(type) && status === 'True')?.reason;
  return [
    ...services.all().map((one) => ['CommerceService', one] as const),
    ...workers.all().map((one) => ['OutboxWorker', one] as const),
  ].flatMap(([kind, { metadata, status }]) => {
    const reason = reasonOf(status?.conditions);
    return reason === undefined ? [] : [{ kind, namespace: metadata.namespace, name: metadata.name, reason }];
  });
}
