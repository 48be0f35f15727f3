import type { OwnerReference } from '../api/objects.js';

/** What every object of the Kubernetes API has, as JSON: times are texts. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/** One kind of object and how its addresses are made. */
export interface Resource {
  /** `v1`, or group and version: `apps/v1` */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
}

/** Where the objects of a kind are; without `namespace` those of all of them. Encoded, ready for a URL. */
export function pathOf(resource: Resource, namespace?: string, name?: string, subresource?: string): string {
  const root = resource.apiVersion.includes('/') ? '/apis' : '/api';
  const scope = namespace === undefined ? [] : ['namespaces', namespace];
  const rest = [
    ...scope,
    resource.plural,
    ...(name === undefined ? [] : [name]),
    ...(subresource ? [subresource] : []),
  ];
  return `${root}/${resource.apiVersion}/${rest.map(encodeURIComponent).join('/')}`;
}

/** `namespace/name`: how an object is called in queues, caches and logs. */
export function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** The two parts of a key. */
export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
