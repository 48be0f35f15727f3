import { describe, expect, it } from '@jest/globals';

import { World, type Version } from '../../testing/world.js';

const good = (image: string): Version => ({ image, starts: true, migrates: true, works: 'well' });

function installed(versions: readonly Version[], spec = {}): World {
  const world = new World(versions, spec);
  world.rest();
  return world;
}

describe('a roll-out', () => {
  it('migrates first, and gives the first revision all of its pods without a judge', () => {
    const world = new World([good('order:0')]);
    world.plan();
    expect([...world.jobs.keys()]).toEqual([`order-${world.revision(0)}-expand1`]);
    expect(world.deployments.size).toBe(0);
    world.rest();
    expect(world.status).toMatchObject({ phase: 'Stable', stableRevision: world.revision(0), readyReplicas: 3 });
    expect(world.condition('Ready')).toBe('True Stable');
    expect(world.condition('MigrationCompleted')).toBe('True Completed');
  });

  it('does not run the migration of the stable revision again', () => {
    const other = good('order:2');
    const world = installed([good('order:0'), { ...good('order:1'), migration: 'order:0' }, other]);
    world.release(1);
    world.plan();
    expect(world.wanted(world.revision(1))).toBe(1);
    world.rest();
    expect(world.status.stableRevision).toBe(world.revision(1));
    expect([...world.jobs.keys()]).toEqual([`order-${world.revision(0)}-expand1`]);
    expect(world.condition('MigrationCompleted')).toBe('True Completed');
    world.release(2);
    world.plan();
    expect(world.wanted(world.revision(2))).toBe(0);
    expect(world.condition('MigrationCompleted')).toBe('False Pending');
    expect([...world.jobs.keys()]).toContain(`order-${world.revision(2)}-expand1`);
  });

  it('scales the stable revision also where the API server refuses the Job of the new one', () => {
    const world = installed([good('order:0'), good('order:1')]);
    world.release(1);
    world.edit({ replicas: 5 });
    const refused = new Error('refused');
    const plan = () =>
      world.plan(Number.POSITIVE_INFINITY, (action, carryOut) => {
        if (action.kind === 'apply' && action.object.kind === 'Job') throw refused;
        carryOut();
      });
    expect(plan).toThrow(refused);
    expect(world.wanted(world.revision(0))).toBe(5);
  });

  it('says what keeps a migration from running', () => {
    const world = installed([good('order:0'), good('order:1')]);
    world.release(1);
    world.plan();
    const name = `order-${world.revision(1)}-expand1-abcde`;
    const problem = { reason: 'ImagePullBackOff', message: 'no such image' };
    world.jobPods = [
      { name, problem },
      { name: `order-${world.revision(0)}-expand1-abcde`, problem: { reason: 'Error', message: 'of another Job' } },
    ];
    world.plan();
    expect(world.condition('Progressing')).toBe('True Migrating');
    expect(world.status.conditions?.find(({ type }) => type === 'Progressing')?.message).toBe(
      `The migration of ${world.revision(1)} runs. Pod ${name}: ImagePullBackOff: no such image. See kubectl describe pod ${name}.`,
    );
  });

  it('runs a migration where it is not known what that of the stable revision was', () => {
    const world = installed([good('order:0'), { ...good('order:1'), migration: 'order:0' }]);
    world.revisions.clear();
    world.release(1);
    world.plan();
    expect([...world.jobs.keys()]).toContain(`order-${world.revision(1)}-expand1`);
  });

  it('tries a good revision on one pod, and lets it take over without ever having fewer pods ready', () => {
    const world = installed([good('order:0'), good('order:1')]);
    const [old, next] = [world.revision(0), world.revision(1)];
    world.release(1);
    const seen = new Set<string>();
    for (let round = 0; round < 200; round += 1) {
      world.plan();
      world.tick();
      world.now += 10_000;
      expect(world.ready()).toBeGreaterThanOrEqual(3);
      seen.add(`${world.status.phase} ${world.wanted(old)}+${world.wanted(next)}`);
    }
    expect([...seen].filter((one) => !one.startsWith('Migrating'))).toEqual([
      'Canary 3+1',
      'Promoting 2+2',
      'Promoting 1+3',
      'Stable 0+3',
    ]);
    expect(world.status).toMatchObject({ phase: 'Stable', stableRevision: next });
    expect(world.reasons()).toEqual(['RolloutStarted', 'Installed', 'RolloutStarted', 'Promoting', 'Promoted']);
  });

  it('counts the stable revision alone in replicas and selector while a canary works', () => {
    const world = installed([good('order:0'), { ...good('order:1'), works: 'unread' }]);
    world.release(1);
    world.rest();
    expect(world.status).toMatchObject({
      phase: 'Canary',
      replicas: 3,
      readyReplicas: 3,
      step: '1/1',
      verdict: 'hold',
    });
    expect(world.status.selector).toContain(world.revision(0));
  });

  it('shows an autoscaler the pods of both revisions while one takes over, so that it never sees fewer than serve', () => {
    const world = installed([good('order:0'), good('order:1')]);
    const [old, next] = [world.revision(0), world.revision(1)];
    world.release(1);
    const seen: (number | undefined)[] = [];
    for (let round = 0; round < 200; round += 1) {
      world.plan();
      if (world.status.phase === 'Promoting') {
        expect(world.status.selector).toBe(
          `commerce.outrider.dev/owner=order,commerce.outrider.dev/revision in (${old},${next})`,
        );
        seen.push(world.status.readyReplicas);
      }
      world.tick();
      world.now += 10_000;
    }
    expect(seen.length).toBeGreaterThan(1);
    expect(Math.min(...seen.map((count = 0) => count))).toBeGreaterThanOrEqual(3);
    expect(world.status.selector).toBe(`commerce.outrider.dev/owner=order,commerce.outrider.dev/revision=${next}`);
  });

  it('aborts a bad revision: it is at zero, the stable one is untouched, and nothing brings it back', () => {
    const world = installed([good('order:0'), { ...good('order:1'), works: 'badly' }]);
    const bad = world.revision(1);
    world.release(1);
    world.rest();
    expect(world.condition('Stalled')).toBe('True WorseThanStable');
    expect(world.status.conditions?.find(({ type }) => type === 'Stalled')?.message).toContain('40 of 60 orders');
    expect([world.wanted(world.revision(0)), world.wanted(bad)]).toEqual([3, 0]);
    world.edit({ replicas: 5 });
    world.say('restart', bad);
    world.rest();
    expect([world.wanted(world.revision(0)), world.wanted(bad)]).toEqual([5, 0]);
  });

  it('leaves the stable revision alone where the migration fails, and tries again when a person says retry', () => {
    const versions = [good('order:0'), { ...good('order:1'), migrates: false }];
    const world = installed(versions);
    world.release(1);
    world.rest();
    expect(world.condition('Stalled')).toBe('True MigrationFailed');
    expect(world.deployments.has(world.revision(1))).toBe(false);
    versions[1] = good('order:1');
    world.say('retry', world.revision(1));
    world.rest();
    expect(world.status.stableRevision).toBe(world.revision(1));
    expect([...world.jobs.keys()]).toContain(`order-${world.revision(1)}-expand2`);
  });

  it('ends a canary that is never ready after its deadline, and says where to look', () => {
    const world = installed([good('order:0'), { ...good('order:1'), starts: false }]);
    world.release(1);
    world.rest();
    expect(world.condition('Stalled')).toBe('True NotReady');
    const message = world.status.conditions?.find(({ type }) => type === 'Stalled')?.message;
    expect(message).toMatch(/ImagePullBackOff: no such image\. See kubectl describe pod/);
    expect(world.wanted(world.revision(0))).toBe(3);
  });

  it('holds a canary that cannot be read, and reports it when that lasts', () => {
    const world = installed([good('order:0'), { ...good('order:1'), works: 'unread' }]);
    world.release(1);
    world.rest();
    expect(world.condition('Stalled')).toBe('True Undecided');
    expect(world.status.stableRevision).toBe(world.revision(0));
    world.say('promote', world.revision(1));
    world.rest();
    expect(world.status.stableRevision).toBe(world.revision(1));
  });

  it('begins with the newest revision when spec is changed during a canary', () => {
    const world = installed([good('order:0'), { ...good('order:1'), works: 'unread' }, good('order:2')]);
    world.release(1);
    world.rest();
    world.release(2);
    world.rest();
    expect(world.status.stableRevision).toBe(world.revision(2));
    expect(world.reasons()).toContain('Superseded');
    expect(world.wanted(world.revision(1))).toBe(0);
  });

  it('waits for a person at a step without hold', () => {
    const steps = [{ replicas: 1 }, { replicas: 2, hold: '60s' }];
    const world = installed([good('order:0'), good('order:1')], {
      rollout: { ...new World([]).resource.spec.rollout, steps },
    });
    world.release(1);
    world.rest();
    expect(world.condition('Progressing')).toBe('True WaitsForPerson');
    world.say('resume', world.revision(1));
    world.rest();
    expect(world.status.stableRevision).toBe(world.revision(1));
  });

  it('goes on with the last step where steps are taken away while it is at one of them', () => {
    const { rollout } = new World([]).resource.spec;
    const steps = [
      { replicas: 1, hold: '60s' },
      { replicas: 2, hold: '10h' },
    ];
    const world = installed([good('order:0'), good('order:1')], { rollout: { ...rollout, steps } });
    world.release(1);
    world.restUntil(() => world.status.step === '2/2');
    world.edit({ rollout: { ...rollout, steps: steps.slice(0, 1) } });
    const asked = new Set<string>();
    world.restUntil(() => {
      asked.add(`${world.status.phase} ${world.wanted(world.revision(1))}`);
      return world.status.stableRevision === world.revision(1);
    });
    expect([...asked]).toEqual(['Canary 1', 'Promoting 2', 'Promoting 3', 'Stable 3']);
  });

  it('lets the last pod of the old revision go where spec asks for another one', () => {
    const { rollout } = new World([]).resource.spec;
    const world = installed([good('order:0'), good('order:1'), good('order:2')], {
      rollout: { ...rollout, scaleDownDelay: '24h' },
    });
    world.release(1);
    world.restUntil(() => world.status.phase === 'Stable' && world.status.stableRevision === world.revision(1));
    expect(world.wanted(world.revision(0))).toBe(1);
    world.edit({ paused: true });
    world.release(2);
    for (let round = 0; round < 3; round += 1) {
      world.plan();
      world.tick();
    }
    expect(world.wanted(world.revision(0))).toBe(1);
    world.edit({ paused: false });
    for (let round = 0; round < 3; round += 1) {
      world.plan();
      world.tick();
    }
    expect(world.wanted(world.revision(0))).toBe(0);
    expect(world.status.rollout?.revision).toBe(world.revision(2));
  });

  it('pauses a failed canary instead, where that is wanted', () => {
    const world = installed([good('order:0'), { ...good('order:1'), works: 'badly' }], {
      rollout: { ...new World([]).resource.spec.rollout, onFailure: 'pause' },
    });
    world.release(1);
    world.rest();
    expect(world.condition('Stalled')).toBe('True CanaryFailed');
    expect(world.wanted(world.revision(1))).toBe(1);
    world.say('abort', world.revision(1));
    world.rest();
    expect(world.wanted(world.revision(1))).toBe(0);
  });

  it('keeps no last pod of the old revision where there are to be no pods at all', () => {
    const rollout = { ...new World([]).resource.spec.rollout, scaleDownDelay: '10h' };
    const world = installed([good('order:0'), good('order:1')], { rollout });
    world.release(1);
    world.rest();
    expect(world.wanted(world.revision(0))).toBe(1);
    world.edit({ replicas: 0 });
    world.plan();
    expect(world.wanted(world.revision(0))).toBe(0);
  });

  it('puts back what somebody changed by hand, and reports it once', () => {
    const world = installed([good('order:0')]);
    world.scaleByHand(world.revision(0), 7);
    world.rest();
    expect(world.wanted(world.revision(0))).toBe(3);
    expect(world.reasons().filter((reason) => reason === 'ForeignEdit')).toHaveLength(1);
  });

  it('begins with no revision while pods of a canary before it are there', () => {
    const world = installed([good('order:0'), { ...good('order:1'), works: 'unread' }, good('order:2')]);
    world.release(1);
    world.rest();
    world.release(2);
    world.plan();
    expect(world.status.rollout).toBeUndefined();
    expect(world.condition('Ready')).toBe('False Starting');
    world.tick();
    world.plan();
    expect(world.status.rollout?.revision).toBe(world.revision(2));
  });

  it('holds a good canary as long as its step says', () => {
    const world = installed([good('order:0'), good('order:1')]);
    world.release(1);
    for (let second = 0; second < 50; second += 1) {
      world.plan();
      world.tick();
      world.now += 1_000;
    }
    expect(world.status).toMatchObject({ phase: 'Canary', verdict: 'pass' });
    world.rest();
    expect(world.status.stableRevision).toBe(world.revision(1));
  });

  it('takes no pod that serves where a revision is aborted right after the stable one gave a pod away', () => {
    const world = installed([good('order:0'), { ...good('order:1'), works: 'unread' }]);
    world.release(1);
    world.restUntil(() => world.status.rollout?.heldSince !== undefined);
    world.say('promote', world.revision(1));
    world.plan();
    expect(world.wanted(world.revision(0))).toBe(2);
    // of its Deployment nothing newer is seen yet than that it had three pods ready
    world.say('abort', world.revision(1));
    for (let round = 0; round < 3; round += 1) {
      world.plan();
      expect(world.ready()).toBe(3);
    }
    world.rest();
    expect([world.wanted(world.revision(0)), world.wanted(world.revision(1))]).toEqual([3, 0]);
  });

  it('nor where a Deployment counts a pod that was told to end already, since its ReplicaSet is late', () => {
    const world = installed([good('order:0'), { ...good('order:1'), works: 'unread' }]);
    world.release(1);
    world.restUntil(() => world.status.rollout?.heldSince !== undefined);
    world.say('promote', world.revision(1));
    world.plan();
    world.say('abort', world.revision(1));
    world.plan();
    const found = world.deployments.get(world.revision(0));
    if (found === undefined) throw new Error('there is no Deployment');
    const { generation: observedGeneration = 0 } = found.object.metadata;
    const status = { observedGeneration, replicas: 3, readyReplicas: 3, updatedReplicas: 3 };
    found.object = { ...found.object, status };
    for (let round = 0; round < 3; round += 1) {
      world.plan();
      expect(world.ready()).toBe(3);
    }
    world.rest();
    expect([world.wanted(world.revision(0)), world.wanted(world.revision(1))]).toEqual([3, 0]);
  });

  it('goes back where a revision fails only when it takes over', () => {
    const versions = [good('order:0'), good('order:1')];
    const world = installed(versions);
    world.release(1);
    for (let round = 0; round < 50 && world.status.phase !== 'Promoting'; round += 1) {
      world.plan();
      world.tick();
      world.now += 10_000;
    }
    versions[1] = { ...good('order:1'), works: 'badly' };
    world.rest();
    expect(world.condition('Stalled')).toBe('True WorseThanStable');
    expect([world.wanted(world.revision(0)), world.wanted(world.revision(1))]).toEqual([3, 0]);
  });

  it('counts again from nothing where a failed canary goes on', () => {
    const onFailure = { rollout: { ...new World([]).resource.spec.rollout, onFailure: 'pause' as const } };
    const world = installed([good('order:0'), { ...good('order:1'), works: 'badly' }], onFailure);
    world.release(1);
    world.rest();
    const { stepStartedAt = '' } = world.status.rollout ?? {};
    world.say('resume', world.revision(1));
    world.plan();
    expect(Date.parse(world.status.rollout?.stepStartedAt ?? '')).toBeGreaterThan(Date.parse(stepStartedAt));
  });

  it('takes the last pod of the old revision away once, after its delay', () => {
    const rollout = { ...new World([]).resource.spec.rollout, scaleDownDelay: '10m' };
    const world = installed([good('order:0'), good('order:1')], { rollout });
    world.release(1);
    const pods: number[] = [];
    for (let round = 0; round < 150; round += 1) {
      world.plan();
      world.tick();
      world.now += 10_000;
      if (pods.at(-1) !== world.wanted(world.revision(0))) pods.push(world.wanted(world.revision(0)));
    }
    expect(pods).toEqual([3, 2, 1, 0]);
  });

  it('keeps the last pod of the old revision also while a take-over is paused', () => {
    const rollout = { ...new World([]).resource.spec.rollout, scaleDownDelay: '10m' };
    const world = installed([good('order:0'), good('order:1')], { rollout });
    world.release(1);
    for (let round = 0; round < 50 && world.wanted(world.revision(1)) < 3; round += 1) {
      world.plan();
      world.tick();
      world.now += 10_000;
    }
    world.edit({ paused: true });
    world.rest();
    expect([world.wanted(world.revision(0)), world.wanted(world.revision(1))]).toEqual([1, 3]);
  });

  it('keeps what a contract migration was run for, however many revisions follow', () => {
    const world = installed(
      [0, 1, 2, 3, 4].map((number) => good(`order:${number}`)),
      { revisionHistoryLimit: 1 },
    );
    world.release(1);
    world.rest();
    world.say('contract', world.revision(1));
    world.rest();
    for (const version of [2, 3, 4]) {
      world.release(version);
      world.rest();
    }
    expect([...world.revisions.keys()]).toEqual([world.revision(1), world.revision(3), world.revision(4)]);
  });

  it('does nothing for a resource that is being deleted', () => {
    const world = installed([good('order:0')]);
    const { metadata } = world.resource;
    world.resource = { ...world.resource, metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    world.scaleByHand(world.revision(0), 7);
    expect(world.plan()).toBe(0);
  });

  it('keeps no more revisions without pods than spec says', () => {
    const versions = Array.from({ length: 6 }, (_, index) => good(`order:${index}`));
    const world = installed(versions, { revisionHistoryLimit: 2 });
    for (const version of [1, 2, 3, 4, 5]) {
      world.release(version);
      world.rest();
    }
    expect([...world.revisions.keys()]).toEqual([world.revision(3), world.revision(4), world.revision(5)]);
    expect(world.deployments.size).toBe(3);
    expect(world.jobs.size).toBe(3);
  });
});

describe('commands', () => {
  const refusal = (world: World): string => {
    world.rest();
    expect(world.reasons()).toContain('CommandRefused');
    expect(world.resource.metadata.annotations).toEqual({});
    return world.status.command?.message ?? '';
  };

  it.each([
    ['promote', 'of no canary', (world: World) => world.revision(0), /is the stable revision/],
    ['promote', 'of an unknown revision', () => 'zzzzzzzz', /no roll-out is under way/],
    ['promote', 'without a value', () => '', /needs a revision/],
    ['abort', 'of what is not rolled out', () => 'zzzzzzzz', /no roll-out is under way/],
    ['retry', 'of what was not aborted', (world: World) => world.revision(0), /was not aborted/],
    ['undo', 'to what was never stable', () => 'zzzzzzzz', /was stable before.*there is none/],
    ['contract', 'of another revision', () => 'zzzzzzzz', /not the stable revision/],
    ['restart', 'of what has no pods', () => 'zzzzzzzz', /has no pods/],
  ] as const)('refuses %s %s, and says why', (command, _, revision, why) => {
    const world = installed([good('order:0')]);
    const before = JSON.stringify([...world.deployments]);
    world.say(command, revision(world));
    expect(refusal(world)).toMatch(why);
    expect(JSON.stringify([...world.deployments])).toBe(before);
  });

  it('refuses promote of an aborted revision, and names the command that tries it again', () => {
    const world = installed([good('order:0'), { ...good('order:1'), works: 'badly' }]);
    world.release(1);
    world.rest();
    world.say('promote', world.revision(1));
    expect(refusal(world)).toContain(`retry=${world.revision(1)}`);
  });

  it('goes back to the revision before, which has all pods ready before the other loses any', () => {
    const world = installed([good('order:0'), good('order:1')]);
    world.release(1);
    world.rest();
    world.say('undo', world.revision(0));
    world.plan();
    world.plan();
    expect([world.wanted(world.revision(0)), world.wanted(world.revision(1))]).toEqual([3, 3]);
    for (let round = 0; round < 10; round += 1) {
      world.tick();
      world.plan();
      expect(world.ready()).toBeGreaterThanOrEqual(3);
    }
    world.rest();
    expect([world.wanted(world.revision(0)), world.wanted(world.revision(1))]).toEqual([3, 0]);
    expect(world.condition('Stalled')).toBe('True Undone');
  });

  it('takes no pod that serves for the sake of a canary that never started', () => {
    const world = installed([good('order:0'), good('order:1'), { ...good('order:2'), starts: false }]);
    world.release(1);
    world.rest();
    world.release(2);
    for (let round = 0; round < 4; round += 1) {
      world.plan();
      world.tick();
    }
    expect(world.wanted(world.revision(2))).toBe(1);
    world.say('undo', world.revision(0));
    world.plan();
    world.plan();
    expect(world.ready()).toBe(3);
    world.rest();
    expect(world.status.stableRevision).toBe(world.revision(0));
  });

  it('runs a contract migration only for the stable revision alone, and refuses what does not fit afterwards', () => {
    const world = installed([good('order:0'), good('order:1'), good('order:2')]);
    world.release(1);
    world.rest();
    world.say('contract', world.revision(1));
    world.rest();
    expect(world.status.contract).toMatchObject({ revision: world.revision(1), state: 'Completed' });
    world.say('undo', world.revision(0));
    expect(refusal(world)).toMatch(
      new RegExp(`frozen: ${world.revision(0)} does not fit .* the last that fits is ${world.revision(1)}`),
    );
    world.release(0);
    world.rest();
    expect(world.condition('Stalled')).toBe('True Frozen');
    world.release(2);
    world.rest();
    expect(world.status.stableRevision).toBe(world.revision(2));
  });

  it('runs no contract migration while a pod of an older revision has not ended', () => {
    const world = installed([good('order:0'), good('order:1')]);
    world.release(1);
    world.rest();
    // its Deployment counts it no more, but it works until its grace period is over
    world.ending.set(world.revision(0), 1);
    world.say('contract', world.revision(1));
    world.plan();
    expect(world.status.command).toMatchObject({
      accepted: false,
      message: `there still are pods of ${world.revision(0)}.`,
    });
    expect([...world.jobs.keys()].filter((name) => name.includes('contract'))).toEqual([]);
  });

  it('refuses to try again what does not fit the database any more, and names the last that does', () => {
    const world = installed([good('order:0'), { ...good('order:1'), works: 'badly' }, good('order:2')]);
    world.release(1);
    world.rest();
    world.release(2);
    world.rest();
    world.say('contract', world.revision(2));
    world.rest();
    world.release(1);
    world.rest();
    world.say('retry', world.revision(1));
    const frozen = new RegExp(`${world.revision(1)} does not fit .* the last that fits is ${world.revision(2)}`);
    expect(refusal(world)).toMatch(frozen);
    world.release(0);
    world.rest();
    expect(world.condition('Stalled')).toBe('True Frozen');
    expect(world.status.conditions?.find(({ type }) => type === 'Stalled')?.message).toMatch(
      `the last that fits is ${world.revision(2)}`,
    );
  });

  it('takes a command once, also where another one is given before it was answered', () => {
    const world = installed([good('order:0'), { ...good('order:1'), works: 'unread' }]);
    const revision = world.revision(1);
    world.release(1);
    world.rest();
    world.say('pause', revision);
    world.rest();
    world.say('resume', revision);
    // taken, and not answered: the operator crashes
    world.plan(1);
    world.say('pause', revision);
    world.rest();
    expect(world.status.rollout).toMatchObject({ revision, paused: true });
    expect(world.reasons().filter((reason) => reason === 'Resumed')).toHaveLength(1);
    expect(world.resource.metadata.annotations).toEqual({});
  });

  it('refuses to resume a step that goes on by itself', () => {
    const world = installed([good('order:0'), { ...good('order:1'), works: 'unread' }]);
    world.release(1);
    world.rest();
    world.say('resume', world.revision(1));
    expect(refusal(world)).toBe('it waits for nobody.');
    expect(world.reasons()).not.toContain('Resumed');
  });

  it('takes what migrates as a revision before a contract migration for as old as that one', () => {
    const versions = [good('order:0'), good('order:1'), { ...good('order:0-with-more-memory'), migration: 'order:0' }];
    const world = installed(versions);
    world.release(1);
    world.rest();
    world.say('contract', world.revision(1));
    world.rest();
    const { jobs, deployments } = world;
    const before = [...jobs.keys(), ...deployments.keys()];
    world.release(2);
    const { template, migration } = world.resource.spec;
    const env = [{ name: 'LOG_LEVEL', value: 'debug' }];
    const spec = { containers: [{ name: 'order', image: 'order:0', args: ['migrate'], env }] };
    world.edit({ template, migration: { deadline: '1h', backoffLimit: 3, ...migration, template: { spec } } });
    world.rest();
    expect(world.condition('Stalled')).toBe('True Frozen');
    expect([...jobs.keys(), ...deployments.keys()]).toEqual(before);
  });

  it('runs a contract migration by the container that its revision has, though spec names another one now', () => {
    const world = installed([good('order:0'), { ...good('order:1'), migrates: false }]);
    world.release(1);
    const { template, migration } = world.resource.spec;
    const renamed = [{ name: 'shop-order', image: 'order:1' }];
    world.edit({
      container: 'shop-order',
      template: { ...template, spec: { containers: renamed } },
      migration: { deadline: '1h', backoffLimit: 3, ...migration, template: { spec: { containers: renamed } } },
    });
    world.rest();
    expect(world.condition('Stalled')).toBe('True MigrationFailed');
    const stable = world.revision(0);
    world.say('contract', stable);
    world.plan();
    world.plan();
    const job = world.jobs.get(`order-${stable}-contract1`);
    expect(job?.spec?.template.spec.containers[0]?.args).toEqual(['migrate', '--contract']);
  });

  it('takes a command once, also where the operator crashes after each action', () => {
    const steps = [{ replicas: 1 }, { replicas: 2 }];
    for (let crash = 1; crash < 6; crash += 1) {
      const world = installed([good('order:0'), good('order:1')], {
        rollout: { ...new World([]).resource.spec.rollout, steps },
      });
      world.release(1);
      world.rest();
      world.say('resume', world.revision(1));
      world.plan(crash);
      world.rest();
      expect(world.status).toMatchObject({ phase: 'Canary', step: '2/2' });
      expect(world.reasons().filter((reason) => reason === 'Resumed')).toHaveLength(1);
    }
  });
});
