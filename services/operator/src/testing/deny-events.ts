import { until } from '@outrider/testkit';
import { ApiError, EVENT, pathOf, type ApiClient, type Resource } from '../kubernetes/index.js';

const API = 'admissionregistration.k8s.io/v1';
const POLICY: Resource = { apiVersion: API, kind: 'ValidatingAdmissionPolicy', plural: 'validatingadmissionpolicies' };
const BINDING: Resource = {
  apiVersion: API,
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
};

/** Lets the API server refuse every Event of a namespace. @returns what ends that */
export async function denyEvents(client: ApiClient, namespace: string): Promise<() => Promise<void>> {
  const name = `no-events-${namespace}`;
  const post = (resource: Resource, spec: object) =>
    client.request({
      method: 'POST',
      path: pathOf(resource),
      body: { apiVersion: API, kind: resource.kind, metadata: { name }, spec },
    });
  await post(POLICY, {
    matchConstraints: {
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['events'] }],
    },
    validations: [{ expression: `object.metadata.namespace != '${namespace}'`, message: 'no Events here' }],
  });
  await post(BINDING, { policyName: name, validationActions: ['Deny'] });
  await until('Events are refused', async () => !(await isTaken(client, namespace)));
  return async () => {
    for (const resource of [BINDING, POLICY]) {
      await client.request({ method: 'DELETE', path: pathOf(resource, undefined, name) });
    }
    await until('Events are taken', async () => isTaken(client, namespace));
  };
}

async function isTaken(client: ApiClient, namespace: string): Promise<boolean> {
  const involvedObject = { kind: 'Namespace', name: namespace, namespace };
  const body = { metadata: { generateName: 'try-', namespace }, involvedObject, reason: 'Try', message: 'tried' };
  try {
    await client.request({ method: 'POST', path: pathOf(EVENT, namespace), query: { dryRun: 'All' }, body });
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}
