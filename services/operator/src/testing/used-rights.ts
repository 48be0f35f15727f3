import type { Call } from '../kubernetes/index.js';

/** One right of RBAC, as it was used or granted: `apps/deployments patch`, `/commerceservices/status patch`. */
export type Right = string;

/** A rule of a Role or ClusterRole. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const PATH =
  /^\/(?:api\/v1|apis\/(?<group>[^/]+)\/[^/]+)(?:\/namespaces\/[^/]+)?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<sub>[^/]+))?)?$/u;

/**
 * The right that a request needs. An apply may create: it needs that right as well where there is no such object, so it is
 * listed as both.
 * @throws Error for a path that is no object's
 */
export function rightsOf({ method, path, query, contentType }: Call): readonly Right[] {
  const { group = '', plural, name, sub } = PATH.exec(path)?.groups ?? {};
  if (plural === undefined) throw new Error(`no address of an object: ${path}`);
  const resource = `${group}/${plural}${sub === undefined ? '' : `/${sub}`}`;
  const right = (verb: string): Right => `${resource} ${verb}`;
  switch (method) {
    case 'GET':
      return [right(name !== undefined ? 'get' : query?.['watch'] === true ? 'watch' : 'list')];
    case 'POST':
      return [right('create')];
    case 'PUT':
      return [right('update')];
    case 'DELETE':
      return [right('delete')];
    case 'PATCH':
      return contentType === 'application/apply-patch+yaml' && sub === undefined
        ? [right('patch'), right('create')]
        : [right('patch')];
  }
}

/** Everything that rules grant. */
export function grantedBy(rules: readonly Rule[]): ReadonlySet<Right> {
  return new Set(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`)),
      ),
    ),
  );
}
