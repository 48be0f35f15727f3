import { expect, test } from '@jest/globals';
import type { CommerceService } from '../api/commerce-service.js';
import { SPEC } from '../testing/world.js';
import type { ClusterView } from './cluster-view.js';
import { Measures } from './measures.js';
import type { Pod } from './pod.js';

const RESOURCE: CommerceService = {
  metadata: { name: 'order', namespace: 'shop', uid: 'service', resourceVersion: '1' },
  spec: SPEC,
  status: {
    stableRevision: 'stable',
    rollout: {
      revision: 'canary',
      phase: 'Step',
      attempt: 1,
      step: 1,
      startedAt: '2026-01-01T00:00:00.000Z',
      stepStartedAt: '2026-01-01T00:00:00.000Z',
    },
  },
};
const pod = (revision: string): Pod => ({
  metadata: {
    name: revision,
    namespace: 'shop',
    uid: revision,
    resourceVersion: '1',
    labels: { 'commerce.outrider.dev/revision': revision },
  },
  spec: { containers: [{ name: 'order' }] },
  status: { podIP: revision, containerStatuses: [{ name: 'order', restartCount: 0, state: { running: {} } }] },
});

test.each([['NaN'], ['-1'], ['Infinity']])(
  'a counter of %s is as if its pod did not show its metrics: commands are taken all the same',
  async (value) => {
    const failed: string[] = [];
    const view = { podsOf: () => [pod('stable'), pod('canary')], peersOf: () => [] } as unknown as ClusterView;
    const measures = new Measures(
      view,
      async ({ host }) => [
        { name: 'http_request_duration_seconds_count', labels: {}, value: host === 'canary' ? Number(value) : 7 },
      ],
      ({ metadata }) => failed.push(metadata.name),
    );
    const measured = await measures.ofService(RESOURCE);
    expect(measured?.evidence).toMatchObject({ canary: undefined, stable: { requests: 0 } });
    expect(failed).toEqual(['canary']);
  },
);
