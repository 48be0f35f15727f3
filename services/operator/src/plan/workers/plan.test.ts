import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Deployment } from '../../api/objects.js';
import type { OutboxWorker, OutboxWorkerSpec } from '../../api/outbox-worker.js';
import type { WorkersMeasured } from '../observed.js';
import { planWorkers } from './plan.js';

const SCALING = { minReplicas: 1, maxReplicas: 8, targetAge: '10s', scaleDownAfter: '5m', interval: '10s' } as const;
const START = Date.parse('2026-01-01T00:00:00.000Z');

/** Workers, a broker and a backlog, in steps of ten seconds. */
class Relay {
  now = START;
  resource: OutboxWorker;
  deployment: Deployment | undefined;
  /** events that are not published, and for how long the oldest has waited (s) */
  pending = 0;
  age = 0;
  /** what may be published a second, by a worker and by the broker */
  perWorker = 100;
  broker = Number.POSITIVE_INFINITY;
  arriving = 0;
  /** a topic-partition that nobody can write to: one event never leaves */
  stuck = false;
  /** keys that wait for an operator: they are pending no more */
  parkedKeys = 0;
  known = true;
  writes = 0;

  constructor(spec: Partial<OutboxWorkerSpec> = { scaling: SCALING }) {
    this.resource = {
      metadata: { name: 'relay', namespace: 'shop', uid: 'relay', resourceVersion: '1', generation: 1 },
      spec: {
        container: 'relay',
        template: { spec: { containers: [{ name: 'relay', image: 'worker:1' }] } },
        paused: false,
        ...spec,
      },
    };
  }

  get workers(): number {
    return this.deployment?.spec.replicas ?? 0;
  }

  edit(fields: Partial<OutboxWorkerSpec>): void {
    const { metadata, spec } = this.resource;
    const generation = (metadata.generation ?? 0) + 1;
    this.resource = { ...this.resource, metadata: { ...metadata, generation }, spec: { ...spec, ...fields } };
  }

  condition(type: string): string {
    const found = this.resource.status?.conditions?.find((one) => one.type === type);
    return `${found?.status} ${found?.reason}`;
  }

  step(): void {
    const rate = Math.min(this.broker, this.perWorker * (this.deployment?.status?.readyReplicas ?? 0));
    const published = Math.min(this.pending + this.arriving * 10, rate * 10);
    this.pending += this.arriving * 10 - published;
    const waits = this.pending > 0 || this.stuck;
    this.age = waits ? this.age + (published > 0 && this.pending < rate * 10 && !this.stuck ? -5 : 10) : 0;
    this.age = Math.max(0, this.age);
    this.now += 10_000;
    const measured: WorkersMeasured | undefined = this.known
      ? {
          at: this.now,
          oldestAgeSeconds: this.age,
          // as a database shows them
          pendingEvents: Math.min(this.pending + (this.stuck ? 1 : 0), 100_001),
          morePending: this.pending > 100_000,
          eventsPerSecond: published / 10,
          parkedKeys: this.parkedKeys,
          workers: this.deployment?.status?.readyReplicas ?? 0,
          databases: 4,
          shards: 64,
        }
      : undefined;
    this.plan(measured);
    this.follow();
  }

  private plan(measured: WorkersMeasured | undefined): void {
    const deployments = this.deployment === undefined ? [] : [this.deployment];
    const { actions } = planWorkers(
      { resource: this.resource, deployments, pods: [], measured, refusals: [] },
      this.now,
    );
    this.writes += actions.length;
    for (const action of actions) {
      if (action.kind === 'status') this.resource = { ...this.resource, status: action.status };
      if (action.kind === 'apply') {
        const { metadata, spec } = action.object as unknown as Deployment;
        const generation = (this.deployment?.metadata.generation ?? 0) + 1;
        const managed = { uid: 'deployment', resourceVersion: '1', generation };
        const { status } = this.deployment ?? {};
        this.deployment = { metadata: { ...metadata, ...managed }, spec, ...(status && { status }) };
      }
    }
  }

  /** The Deployment's pods become what it asks for. */
  private follow(): void {
    if (this.deployment === undefined) return;
    const { metadata, spec } = this.deployment;
    const [observedGeneration, replicas] = [metadata.generation ?? 0, spec.replicas ?? 0];
    const status = { observedGeneration, replicas, readyReplicas: replicas, updatedReplicas: replicas };
    this.deployment = { metadata, spec, status };
  }

  run(steps: number): number[] {
    return Array.from({ length: steps }, () => {
      this.step();
      return this.workers;
    });
  }
}

describe('workers', () => {
  it('grow with a backlog until it is gone, and shrink one by one long after', () => {
    const relay = new Relay();
    relay.run(3);
    expect(relay.workers).toBe(1);
    relay.pending = 60_000;
    const grown = relay.run(40);
    expect(Math.max(...grown)).toBe(8);
    expect(relay.pending).toBe(0);
    expect(relay.condition('LagNotFalling')).toBe('False Scaling');
    const shrunk = relay.run(400);
    expect(relay.workers).toBe(1);
    for (const [index, workers] of shrunk.slice(1).entries()) {
      expect([0, 1]).toContain((shrunk[index] ?? 0) - workers);
    }
  });

  it('grow with a backlog of which only the beginning is counted, however fast that would be gone', () => {
    const relay = new Relay();
    relay.perWorker = 20_000;
    relay.run(3);
    relay.pending = 20_000_000;
    const grown = relay.run(40);
    expect(Math.max(...grown)).toBe(8);
    expect(relay.pending).toBe(0);
  });

  it('are as many as they are while the rest of a backlog goes, and nothing is said to be wrong', () => {
    const relay = new Relay();
    relay.perWorker = 1_000;
    relay.run(3);
    const seen = new Set<string>();
    // a second one is as good as the first, however long after
    for (const backlog of [19_000, 19_000]) {
      [relay.pending, relay.age] = [backlog, 30];
      relay.run(1);
      seen.add(relay.condition('LagNotFalling'));
      expect(relay.resource.status?.scaling?.reason).toMatch(/9000 pending events take 9 s at 1000 a second\.$/);
      for (let step = 0; step < 20; step += 1) {
        relay.run(1);
        seen.add(relay.condition('LagNotFalling'));
      }
    }
    expect([...seen]).toEqual(['False Scaling']);
    expect(relay.workers).toBe(1);
  });

  it('are given time to show what they do before more are added', () => {
    const relay = new Relay();
    relay.run(3);
    relay.pending = 60_000;
    const workers = relay.run(40);
    const added = workers.flatMap((count, index) => (count > (workers[index - 1] ?? 1) ? [index] : []));
    expect(added).toHaveLength(3);
    for (const [index, at] of added.slice(1).entries()) expect(at - (added[index] ?? 0)).toBeGreaterThanOrEqual(3);
  });

  it('are not added where nothing is published, since a stopped broker is no load', () => {
    const relay = new Relay();
    relay.run(3);
    [relay.pending, relay.broker] = [5000, 0];
    relay.run(60);
    expect(relay.workers).toBe(1);
    expect(relay.condition('LagNotFalling')).toBe('True NoLoad');
    relay.broker = Number.POSITIVE_INFINITY;
    relay.run(30);
    expect(relay.condition('LagNotFalling')).toBe('False Scaling');
  });

  it('are not added for what never leaves while everything else does', () => {
    const relay = new Relay();
    [relay.arriving, relay.stuck] = [50, true];
    relay.run(60);
    expect(relay.workers).toBe(1);
    expect(relay.condition('LagNotFalling')).toBe('True NoLoad');
  });

  it('are not added for a key that is parked, and it is said that no worker publishes it', () => {
    const relay = new Relay();
    [relay.arriving, relay.parkedKeys] = [50, 2];
    relay.run(60);
    expect(relay.workers).toBe(1);
    expect(relay.condition('LagNotFalling')).toBe('True KeysParked');
    relay.pending = 60_000;
    expect(Math.max(...relay.run(40))).toBe(8);
    relay.parkedKeys = 0;
    relay.run(1);
    expect(relay.condition('LagNotFalling')).toBe('False Scaling');
  });

  it('are added no further where the first ones did not help, since the broker is what is slow', () => {
    const relay = new Relay();
    relay.run(3);
    [relay.pending, relay.broker, relay.arriving] = [50_000, 90, 90];
    relay.run(100);
    expect(relay.workers).toBe(2);
    expect(relay.condition('LagNotFalling')).toBe('True NoLoad');
  });

  it('stay as many as they are while the lag is not known', () => {
    const relay = new Relay();
    relay.pending = 60_000;
    relay.run(8);
    const before = relay.workers;
    expect(before).toBeGreaterThan(1);
    relay.known = false;
    expect(new Set(relay.run(100))).toEqual(new Set([before]));
    expect(relay.condition('LagNotFalling')).toBe('Unknown LagUnknown');
    relay.known = true;
    relay.run(1);
    expect(relay.condition('LagNotFalling')).toBe('False Scaling');
  });

  it('open no more connections than the databases have for them', () => {
    const relay = new Relay({ scaling: { ...SCALING, databaseConnectionBudget: 65 } });
    relay.pending = 1_000_000;
    relay.run(60);
    expect(relay.workers).toBe(3);
    expect(relay.resource.status?.scaling?.reason).toMatch(/no more than 3 workers/);
  });

  it('are as many as spec says without scaling, which others may write', () => {
    const relay = new Relay({ replicas: 3 });
    relay.pending = 60_000;
    relay.run(20);
    expect(relay.workers).toBe(3);
    expect(relay.condition('Ready')).toBe('True Stable');
  });

  it('keep their template while paused', () => {
    const relay = new Relay({ replicas: 1 });
    relay.run(3);
    const template = { spec: { containers: [{ name: 'relay', image: 'worker:2' }] } };
    relay.resource = { ...relay.resource, spec: { ...relay.resource.spec, template, paused: true } };
    relay.run(3);
    expect(JSON.stringify(relay.deployment)).toContain('worker:1');
    relay.resource = { ...relay.resource, spec: { ...relay.resource.spec, paused: false } };
    relay.run(3);
    expect(JSON.stringify(relay.deployment)).toContain('worker:2');
  });

  it('are ready for a template once it is what runs, and not when it was only seen', () => {
    const relay = new Relay({ replicas: 2 });
    relay.run(3);
    expect(relay.condition('Ready')).toBe('True Stable');
    relay.edit({ template: { spec: { containers: [{ name: 'relay', image: 'worker:2' }] } } });
    relay.run(1);
    expect(relay.resource.status?.observedGeneration).toBe(2);
    expect([relay.condition('Ready'), relay.condition('Reconciling')]).toEqual(['False Scaling', 'True Scaling']);
    relay.run(2);
    expect(relay.condition('Ready')).toBe('True Stable');
  });

  it('are not ready by a status of their Deployment that is older than it', () => {
    const relay = new Relay({ replicas: 2 });
    relay.run(3);
    const { deployment } = relay;
    if (deployment?.status === undefined) throw new Error('there is no Deployment');
    relay.deployment = { ...deployment, status: { ...deployment.status, observedGeneration: 0 } };
    relay.run(1);
    expect(relay.condition('Ready')).toBe('False Scaling');
  });

  it('lose what spec does not ask for any more', () => {
    const container = { name: 'relay', image: 'worker:1' };
    const relay = new Relay({
      replicas: 1,
      template: { spec: { containers: [container], nodeSelector: { disk: 'fast' } } },
    });
    relay.run(3);
    relay.edit({ template: { spec: { containers: [container] } } });
    relay.run(3);
    expect(JSON.stringify(relay.deployment)).not.toContain('disk');
    expect(relay.condition('Ready')).toBe('True Stable');
  });

  it('are not ready while a changed template waits for the end of a pause', () => {
    const relay = new Relay({ replicas: 1 });
    relay.run(3);
    relay.edit({ paused: true });
    relay.run(3);
    expect(relay.condition('Ready')).toBe('True Stable');
    relay.edit({ template: { spec: { containers: [{ name: 'relay', image: 'worker:2' }] } } });
    relay.run(3);
    expect([relay.condition('Ready'), relay.condition('Stalled')]).toEqual(['False Paused', 'False Paused']);
    relay.edit({ paused: false });
    relay.run(3);
    expect(relay.condition('Ready')).toBe('True Stable');
  });

  it('are within their bounds after any history, and nothing is written when nothing changes', () => {
    const happening = fc.record({
      pending: fc.constantFrom(0, 0, 500, 20_000, 500_000),
      arriving: fc.constantFrom(0, 50, 300, 2000),
      broker: fc.constantFrom(0, 150, 1_000_000),
      stuck: fc.boolean(),
      parkedKeys: fc.constantFrom(0, 0, 1),
      known: fc.constantFrom(true, true, false),
      steps: fc.integer({ min: 1, max: 40 }),
    });
    fc.assert(
      fc.property(
        fc.array(happening, { maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(undefined, 45, 65, 1000),
        (history, minReplicas, budget) => {
          const scaling = {
            ...SCALING,
            minReplicas,
            ...(budget !== undefined && { databaseConnectionBudget: budget }),
          };
          const relay = new Relay({ scaling });
          const cap = Math.max(1, Math.min(8, Math.floor((budget ?? 1000) / 20)));
          for (const { pending, steps, ...fields } of history) {
            Object.assign(relay, fields, { pending: relay.pending + pending });
            for (const workers of relay.run(steps).slice(1)) {
              expect(workers).toBeGreaterThanOrEqual(Math.min(minReplicas, cap));
              if (relay.known) expect(workers).toBeLessThanOrEqual(Math.max(cap, minReplicas));
            }
          }
          Object.assign(relay, {
            pending: 0,
            arriving: 0,
            broker: 1_000_000,
            stuck: false,
            parkedKeys: 0,
            known: true,
          });
          relay.run(400);
          const { writes } = relay;
          relay.run(50);
          expect([relay.workers, relay.writes - writes]).toEqual([Math.min(minReplicas, cap), 0]);
        },
      ),
      { numRuns: 40 },
    );
  });
});
