import { parseAllDocuments } from 'yaml';

/** A JSON Schema of one kind in one version, under the name that kubeconform looks for: `rollout-argoproj.io-v1alpha1.json` */
export interface CrdSchema {
  readonly file: string;
  readonly schema: unknown;
}

interface Crd {
  readonly kind?: string;
  readonly spec?: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema?: { readonly openAPIV3Schema: unknown } }[];
  };
}

/** The strict schemas of all CustomResourceDefinitions in a YAML text: a field that a definition does not have is refused. */
export function crdSchemas(text: string): CrdSchema[] {
  return parseAllDocuments(text).flatMap((document) => {
    const crd = document.toJS() as Crd | null;
    if (crd?.kind !== 'CustomResourceDefinition' || crd.spec === undefined) return [];
    const { group, names, versions } = crd.spec;
    return versions.map(({ name, schema }) => ({
      file: `${names.kind.toLowerCase()}-${group}-${name}.json`,
      schema: atTop(strictly(schema?.openAPIV3Schema ?? {})),
    }));
  });
}

type Node = Record<string, unknown>;

function strictly(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strictly);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node as Node).map(([key, value]) => [key, strictly(value)]));
  if (copy['x-kubernetes-int-or-string'] === true) return { type: ['integer', 'string'] };
  const open = 'additionalProperties' in copy || copy['x-kubernetes-preserve-unknown-fields'] === true;
  if (typeof copy['properties'] === 'object' && copy['type'] === 'object' && !open)
    copy['additionalProperties'] = false;
  return copy;
}

/** Every object has these, whatever its definition says of them. */
function atTop(schema: unknown): unknown {
  const top = schema as Node & { properties?: Node };
  const common = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } };
  return { ...top, properties: { ...top.properties, ...common } };
}
