import type { ConditionType } from '../api/conditions.js';
import type { Condition, ObjectMeta } from '../api/objects.js';
import { iso } from './duration.js';

/**
 * A condition as it stands now. Its time is that of the last change of `status`, not of reason or message.
 * @param before the conditions that the resource has
 * @param now ms since 1970
 */
export function condition(
  before: readonly Condition[] | undefined,
  { generation }: Pick<ObjectMeta, 'generation'>,
  now: number,
  type: ConditionType,
  status: Condition['status'],
  { reason, message }: { readonly reason: string; readonly message: string },
): Condition {
  const last = before?.find((one) => one.type === type);
  return {
    type,
    status,
    reason,
    message,
    lastTransitionTime: last?.status === status ? last.lastTransitionTime : iso(now),
    ...(generation !== undefined && { observedGeneration: generation }),
  };
}
