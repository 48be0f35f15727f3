import { expect, test } from '@jest/globals';
import { OWNER_LABEL, PHASE_LABEL, REVISION_LABEL } from '../api/names.js';
import type { ApiClient } from '../kubernetes/index.js';
import { ClusterView } from './cluster-view.js';

test('pods of a service and of workers of the same name stay apart', () => {
  // never opened
  const view = new ClusterView({} as ApiClient, { info: () => {}, warn: () => {} }, { namespace: undefined });
  const pods = {
    'of-revision': { [REVISION_LABEL]: 'r1' },
    'of-migration': { [PHASE_LABEL]: 'expand' },
    'of-workers': {},
  };
  for (const [name, labels] of Object.entries(pods)) {
    const metadata = {
      namespace: 'shop',
      name,
      uid: name,
      resourceVersion: '1',
      labels: { ...labels, [OWNER_LABEL]: 'x' },
    };
    view.pods.written({ metadata, spec: { containers: [] } });
  }
  const names = (kind: 'CommerceService' | 'OutboxWorker'): string[] =>
    view.podsOf({ kind, namespace: 'shop', name: 'x' }).map(({ metadata }) => metadata.name);
  expect(names('CommerceService')).toEqual(['of-revision', 'of-migration']);
  expect(names('OutboxWorker')).toEqual(['of-workers']);
});
