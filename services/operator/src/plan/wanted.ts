import { createHash } from 'node:crypto';

import { LONGEST_NAME } from '../api/commerce-service-spec.js';
import {
  API_VERSION,
  ATTEMPT_LABEL,
  OWNER_LABEL,
  PHASE_LABEL,
  RESTARTED_ANNOTATION,
  REVISION_LABEL,
  TEMPLATE_ANNOTATION,
} from '../api/names.js';
import type { ObjectMeta, OwnerReference, PodTemplate, WantedObject } from '../api/objects.js';
import { canonical } from './canonical.js';
import { milliseconds } from './duration.js';
import type { Migration, RevisionData } from './revision.js';

/** The objects that the operator makes, as it wants them. */

export interface Owner {
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

export type MigrationPhase = 'expand' | 'contract';

export const deploymentName = (owner: string, revision: string): string => `${owner}-${revision}`;

export function jobName(owner: string, revision: string, phase: MigrationPhase, attempt: number): string {
  if (owner.length > LONGEST_NAME) throw new RangeError(`${owner} is longer than ${LONGEST_NAME}`);
  return `${owner}-${revision}-${phase}${attempt}`;
}

export const podSelector = (owner: string, revision: string): Readonly<Record<string, string>> => ({
  [OWNER_LABEL]: owner,
  [REVISION_LABEL]: revision,
});

/** A Deployment of one revision. What differs between two plans is the number of its pods, and when they were restarted. */
export function wantedDeployment(
  owner: Owner,
  revision: string,
  { template }: RevisionData,
  replicas: number,
  restartedAt: string | undefined,
): WantedObject {
  const labels = podSelector(owner.metadata.name, revision);
  const annotations = { ...(restartedAt !== undefined && { [RESTARTED_ANNOTATION]: restartedAt }) };
  const pods = withMetadata(template, labels, annotations);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(owner, deploymentName(owner.metadata.name, revision), labels, madeOf(pods)),
    spec: {
      replicas,
      // undoing goes to the Deployment of another revision, never to an older ReplicaSet of this one
      revisionHistoryLimit: 0,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: labels },
      template: pods,
    },
  };
}

/** The Job of a migration. Its pods have no revision's label: who counts a revision's pods must not count them. */
export function wantedJob(
  owner: Owner,
  revision: string,
  container: string,
  migration: Migration & { readonly template: PodTemplate },
  phase: MigrationPhase,
  attempt: number,
): WantedObject {
  const name = owner.metadata.name;
  const { spec } = migration.template;
  // spec may name another one by now; a revision from before has the one that it had
  const service = spec.containers.find((one) => one.name === container) ?? spec.containers[0];
  const args = phase === 'contract' ? migration.contract?.args : undefined;
  const template: PodTemplate = {
    ...migration.template,
    spec: {
      ...spec,
      containers: spec.containers.map((one) => (args !== undefined && one === service ? { ...one, args } : one)),
    },
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadata(owner, jobName(name, revision, phase, attempt), {
      [OWNER_LABEL]: name,
      [REVISION_LABEL]: revision,
      [PHASE_LABEL]: phase,
      [ATTEMPT_LABEL]: String(attempt),
    }),
    spec: {
      backoffLimit: migration.backoffLimit,
      activeDeadlineSeconds: milliseconds(migration.deadline) / 1000,
      template: withMetadata(template, { [OWNER_LABEL]: name, [PHASE_LABEL]: phase }, {}),
    },
  };
}

export function wantedRevision(owner: Owner, revision: string, data: RevisionData, number: number): WantedObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: metadata(
      owner,
      deploymentName(owner.metadata.name, revision),
      podSelector(owner.metadata.name, revision),
    ),
    revision: number,
    data,
  };
}

export function metadata(
  owner: Owner,
  name: string,
  labels: Readonly<Record<string, string>>,
  annotations?: Readonly<Record<string, string>>,
): WantedObject['metadata'] {
  return {
    name,
    namespace: owner.metadata.namespace,
    labels,
    ...(annotations !== undefined && { annotations }),
    ownerReferences: [ownedBy(owner)],
  };
}

/** What a Deployment keeps of the template that it was made of: the API server does not show what that had and has no more. */
export const madeOf = (template: PodTemplate): Readonly<Record<string, string>> => ({
  [TEMPLATE_ANNOTATION]: createHash('sha256').update(canonical(template)).digest('hex').slice(0, 16),
});

const ownedBy = ({ kind, metadata: { name, uid } }: Owner): OwnerReference => ({
  apiVersion: API_VERSION,
  kind,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});

export function withMetadata(
  template: PodTemplate,
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): PodTemplate {
  const all = { ...template.metadata?.annotations, ...annotations };
  return {
    ...template,
    metadata: {
      ...template.metadata,
      labels: { ...template.metadata?.labels, ...labels },
      ...(Object.keys(all).length > 0 && { annotations: all }),
    },
  };
}
