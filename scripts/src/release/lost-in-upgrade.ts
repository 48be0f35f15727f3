import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../charts/objects.js';

/** What pods and their callers are found by: gone or changed, an upgrade would interrupt the service, or be refused. */
const LASTING: ReadonlySet<string> = new Set(['Deployment', 'Service']);

/** What an upgrade between two renderings would lose, a sentence each. */
export function lostInUpgrade(
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
): readonly string[] {
  return before
    .filter(({ kind }) => LASTING.has(kind))
    .flatMap((object) => {
      const what = `${object.kind} ${object.metadata.name}`;
      const now = after.find(({ kind, metadata }) => kind === object.kind && metadata.name === object.metadata.name);
      if (now === undefined) return [`${what} would be deleted`];
      return isDeepStrictEqual(selectorOf(now), selectorOf(object)) ? [] : [`${what} would have another selector`];
    });
}

function selectorOf(object: KubernetesObject): unknown {
  return (object['spec'] as { readonly selector?: unknown }).selector;
}
