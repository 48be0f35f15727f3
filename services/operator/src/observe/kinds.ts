import { API_VERSION, COMMERCE_SERVICE, OUTBOX_WORKER } from '../api/names.js';
import type { Resource } from '../kubernetes/index.js';

/** The kinds of objects that the operator reads or writes. */
export const KINDS = {
  CommerceService: { apiVersion: API_VERSION, kind: COMMERCE_SERVICE.kind, plural: COMMERCE_SERVICE.plural },
  OutboxWorker: { apiVersion: API_VERSION, kind: OUTBOX_WORKER.kind, plural: OUTBOX_WORKER.plural },
  ControllerRevision: { apiVersion: 'apps/v1', kind: 'ControllerRevision', plural: 'controllerrevisions' },
  Deployment: { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments' },
  Job: { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' },
  Pod: { apiVersion: 'v1', kind: 'Pod', plural: 'pods' },
} as const satisfies Readonly<Record<string, Resource>>;

export type OwnKind = 'CommerceService' | 'OutboxWorker';

/** @throws RangeError for a kind that the operator has nothing to do with */
export function resourceOf(kind: string): Resource {
  const found = Object.values(KINDS).find((one) => one.kind === kind);
  if (found === undefined) throw new RangeError(`the operator does not know the kind ${kind}`);
  return found;
}
