import { FIELD_MANAGER } from '../api/names.js';
import type { Json, ManagedFields, ObjectMeta } from '../api/objects.js';

/** What others than the operator have made of an object of its own. */
export interface ForeignEdit {
  readonly manager: string;
  /** paths of the fields in `spec` that they have changed or added */
  readonly paths: readonly string[];
}

/**
 * Who else has set fields of `spec` that the operator does not own: those that it has never set, and those that were taken
 * from it. What others have added stays through every server-side apply, so it must be told apart and taken out.
 */
export function foreignEdits({ managedFields = [] }: ObjectMeta): ForeignEdit[] {
  const entries = managedFields.filter(({ subresource }) => subresource !== 'status');
  const own = new Set(entries.filter(isOwn).flatMap((entry) => specPaths(entry)));
  return entries
    .filter((entry) => !isOwn(entry))
    .map((entry) => ({
      manager: entry.manager ?? 'unknown',
      paths: specPaths(entry).filter((path) => !own.has(path)),
    }))
    .filter(({ paths }) => paths.length > 0);
}

const isOwn = ({ manager }: ManagedFields): boolean => manager === FIELD_MANAGER;

const specPaths = ({ fieldsV1 }: ManagedFields): string[] => {
  const spec = isTree(fieldsV1) ? fieldsV1['f:spec'] : undefined;
  return isTree(spec) ? leaves(spec, 'spec') : [];
};

type Tree = { readonly [name: string]: Json | undefined };

const isTree = (value: Json | undefined): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function leaves(tree: Tree, path: string): string[] {
  return Object.entries(tree).flatMap(([name, below]) => {
    // "." stands for the map or item itself, which others own together with what they have put into it
    if (name === '.') return [];
    const here = `${path}.${name.replace(/^[fk]:/, '')}`;
    return isTree(below) && Object.keys(below).some((key) => key !== '.') ? leaves(below, here) : [here];
  });
}
