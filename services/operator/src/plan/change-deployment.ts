import type { Deployment, WantedObject } from '../api/objects.js';
import type { ApplyObject, WriteEvent } from './actions.js';
import { covers } from './covers.js';
import { foreignEdits } from './foreign-edits.js';

/**
 * Makes a Deployment, or changes one that is not as it is wanted, and reports what somebody else has made of it.
 * @param found the one that is there; undefined: none
 * @param kind of the resource that should be changed instead
 */
export function changeDeployment(
  found: Deployment | undefined,
  object: WantedObject,
  kind: string,
): (ApplyObject | WriteEvent)[] {
  if (found === undefined) return [{ kind: 'apply', object }];
  const { uid, generation, resourceVersion, name } = found.metadata;
  const same = covers(
    { spec: found.spec, labels: found.metadata.labels, annotations: found.metadata.annotations },
    { spec: object['spec'], labels: object.metadata.labels, annotations: object.metadata.annotations },
  );
  const foreign = foreignEdits(found.metadata);
  if (foreign.length === 0) return same ? [] : [{ kind: 'apply', object }];
  const who = [...new Set(foreign.map(({ manager }) => manager))].join(', ');
  const message = `Deployment ${name} was changed by ${who} and is put back; change the ${kind} instead.`;
  return [
    { kind: 'event', key: `ForeignEdit/${uid}/${generation}`, type: 'Warning', reason: 'ForeignEdit', message },
    { kind: 'apply', object, restore: { resourceVersion } },
  ];
}
