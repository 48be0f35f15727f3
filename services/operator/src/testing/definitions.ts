import { until } from '@outrider/testkit';
import { definitionOf, KINDS } from '../api/definition.js';
import { API_VERSION } from '../api/names.js';
import { pathOf, type ApiClient } from '../kubernetes/index.js';

const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
};

/** Makes the operator's kinds known to an API server. Resolves once they are served. */
export async function createDefinitions(client: ApiClient): Promise<void> {
  for (const kind of KINDS) {
    await client.request({ method: 'POST', path: pathOf(DEFINITION), body: definitionOf(kind) });
    await until(`${kind.kind} is served`, () =>
      client.request({ method: 'GET', path: pathOf({ apiVersion: API_VERSION, ...kind }) }).then(
        () => true,
        () => false,
      ),
    );
  }
}
