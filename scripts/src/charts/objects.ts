/** An object of Kubernetes, as far as it is looked into here. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [key: string]: unknown;
}

/** The object of a kind and name. @throws Error when there is none */
export function objectOf(objects: readonly KubernetesObject[], kind: string, name: string): KubernetesObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

export interface PodSpec {
  readonly [key: string]: unknown;
  readonly automountServiceAccountToken: boolean;
  readonly enableServiceLinks: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly {
    readonly image: string;
    readonly args?: readonly string[];
    readonly env: readonly { readonly name: string; readonly value?: string }[];
    readonly [key: string]: unknown;
  }[];
  readonly volumes?: readonly { readonly name: string; readonly [key: string]: unknown }[];
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations?: unknown };
  readonly spec: PodSpec;
}

/** The templates of all pods: of Deployments, Jobs, and pods by themselves. */
export function podTemplates(
  objects: readonly KubernetesObject[],
): readonly { of: KubernetesObject; pod: PodTemplate }[] {
  return objects.flatMap((object) => {
    if (object.kind === 'Pod') return [{ of: object, pod: object as unknown as PodTemplate }];
    const template = (object['spec'] as { template?: PodTemplate } | undefined)?.template;
    return template === undefined ? [] : [{ of: object, pod: template }];
  });
}

/** The settings of a Deployment's process. */
export function settingsOf(object: KubernetesObject): Readonly<Record<string, string | undefined>> {
  const { template } = object['spec'] as { template: PodTemplate };
  return Object.fromEntries((template.spec.containers[0]?.env ?? []).map(({ name, value }) => [name, value]));
}
