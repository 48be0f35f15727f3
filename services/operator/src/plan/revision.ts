import { createHash } from 'node:crypto';

import type { CommerceServiceSpec } from '../api/commerce-service.js';
import type { Json, PodTemplate } from '../api/objects.js';
import { canonical } from './canonical.js';

export type Migration = NonNullable<CommerceServiceSpec['migration']>;

/** What a revision is: what its pods and its migration are made of. */
export interface RevisionData {
  readonly template: PodTemplate;
  readonly migration: Migration | undefined;
}

export const dataOf = ({ template, migration }: CommerceServiceSpec): RevisionData => ({ template, migration });

/** No vowels and nothing that is easily misread: names of objects are made of it, and people type it. */
const LETTERS = '23456789bcdfghjkmnpqrstvwxz';
const LENGTH = 8;

/**
 * @returns the revision's name: the same for the same template and migration, in whatever order their fields are
 */
export function revisionOf({ template, migration }: RevisionData): string {
  const digest = createHash('sha256').update(canonical({ template, migration })).digest();
  let number = digest.readBigUInt64BE();
  let name = '';
  for (let index = 0; index < LENGTH; index += 1) {
    name += LETTERS[Number(number % BigInt(LETTERS.length))];
    number /= BigInt(LETTERS.length);
  }
  return name;
}

/** What brings a database to a revision: two revisions with the same can use the same schema. */
export const sameMigration = (one: RevisionData, other: RevisionData): boolean =>
  canonical({ template: one.migration?.template, contract: one.migration?.contract }) ===
  canonical({ template: other.migration?.template, contract: other.migration?.contract });

/** Whether both are made for the same schema: that is in the image, whatever else the Jobs are given. */
export function sameSchema(one: RevisionData, other: RevisionData): boolean {
  const images = ({ migration }: RevisionData): string | undefined =>
    migration?.template?.spec.containers.map(({ image }) => image).join(' ');
  return images(one) !== undefined && images(one) === images(other);
}

/** Whether what runs before the first pod is the same: then it need not run again. */
export const sameExpand = (one: RevisionData, other: RevisionData): boolean =>
  one.migration?.template !== undefined && canonical(one.migration.template) === canonical(other.migration?.template);

/** @returns the data that a ControllerRevision keeps; undefined where that is none */
export function readData(data: Json): RevisionData | undefined {
  if (typeof data !== 'object' || data === null || !('template' in data)) return undefined;
  const { template, migration } = data as unknown as Partial<RevisionData>;
  if (!Array.isArray(template?.spec?.containers)) return undefined;
  return { template, migration };
}
