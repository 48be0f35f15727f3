import { describe, expect, it } from '@jest/globals';

import { World, type Version } from '../../testing/world.js';
import { planService } from './plan.js';

const good = (image: string): Version => ({ image, starts: true, migrates: true, works: 'well' });
const unread = (image: string): Version => ({ ...good(image), works: 'unread' });
const { rollout } = new World([]).resource.spec;

function installed(versions: readonly Version[], spec = {}): World {
  const world = new World(versions, spec);
  world.rest();
  return world;
}

/** A revision that is tried, with its pods ready. */
function tried(versions: readonly Version[], spec = {}): World {
  const world = installed(versions, spec);
  world.release(1);
  world.restUntil(() => world.status.rollout?.heldSince !== undefined);
  return world;
}

const wanted = (world: World, ...versions: readonly number[]): number[] =>
  versions.map((version) => world.wanted(world.revision(version)));
const after = (from: string | undefined, ms: number): number => Date.parse(from ?? '') + ms;

describe('time', () => {
  it('lets a canary go on when hold is over, to the millisecond', () => {
    const world = tried([good('order:0'), good('order:1')]);
    const end = after(world.status.rollout?.heldSince, 60_000);
    world.now = end - 1;
    world.plan();
    expect(world.status.phase).toBe('Canary');
    world.now = end;
    world.plan();
    expect(world.status.phase).toBe('Promoting');
  });

  it('ends a canary that is not ready when its deadline is over, to the millisecond', () => {
    const world = installed([good('order:0'), { ...good('order:1'), starts: false }]);
    world.release(1);
    world.restUntil(() => world.status.rollout?.waitingSince !== undefined);
    const end = after(world.status.rollout?.waitingSince, 600_000);
    world.now = end - 1;
    world.plan();
    expect(world.status.rollout).toBeDefined();
    world.now = end;
    world.plan();
    expect(world.status.aborted?.[0]).toMatchObject({ revision: world.revision(1), reason: 'NotReady' });
  });

  it('does not count for the deadline while nothing may go on', () => {
    const world = installed([good('order:0'), { ...good('order:1'), starts: false }]);
    world.release(1);
    world.restUntil(() => world.status.rollout?.waitingSince !== undefined);
    world.edit({ paused: true });
    world.plan();
    world.now += 3_600_000;
    world.edit({ paused: false });
    for (let round = 0; round < 3; round += 1) world.plan();
    expect(world.status.rollout?.revision).toBe(world.revision(1));
  });

  it('reports what is undecided when unknownFor is over, to the millisecond', () => {
    const world = tried([good('order:0'), unread('order:1')]);
    const end = after(world.status.rollout?.heldSince, 660_000);
    world.now = end - 1;
    world.plan();
    expect(world.condition('Stalled')).toBe('False Canary');
    world.now = end;
    world.plan();
    expect(world.condition('Stalled')).toBe('True Undecided');
  });

  it('begins again for each step, and where a person lets it go on', () => {
    const steps = [
      { replicas: 1, hold: '60s' },
      { replicas: 2, hold: '60s' },
    ];
    const world = tried([good('order:0'), good('order:1')], { rollout: { ...rollout, steps } });
    world.restUntil(() => world.status.step === '2/2');
    expect(world.status.rollout?.heldSince).toBeUndefined();
    world.restUntil(() => world.status.rollout?.heldSince !== undefined);
    world.say('pause', world.revision(1));
    world.plan();
    world.say('resume', world.revision(1));
    world.plan();
    expect(world.status.rollout?.heldSince).toBeUndefined();
  });
});

describe('a revision begins', () => {
  it('after a contract migration that runs', () => {
    const world = installed([good('order:0'), good('order:1')]);
    world.say('contract', world.revision(0));
    world.plan();
    expect(world.status.contract?.state).toBe('Running');
    world.release(1);
    world.plan();
    expect([world.status.rollout, world.condition('Ready')]).toEqual([undefined, 'False Starting']);
    world.rest();
    expect(world.status.stableRevision).toBe(world.revision(1));
  });

  it('after the stable one has taken its pods back', () => {
    const versions = [good('order:0'), unread('order:1'), good('order:2')];
    const world = tried(versions);
    world.say('promote', world.revision(1));
    world.restUntil(() => wanted(world, 0)[0] === 2);
    versions[0] = { ...good('order:0'), starts: false };
    for (let pod = 0; pod < 3; pod += 1) world.killPod(world.revision(1));
    world.say('abort', world.revision(1));
    for (let round = 0; round < 5; round += 1) {
      world.plan();
      world.tick();
    }
    expect(wanted(world, 0, 1)).toEqual([3, 0]);
    world.release(2);
    for (let round = 0; round < 5; round += 1) {
      world.plan();
      world.tick();
    }
    expect([world.status.phase, world.status.rollout]).toEqual(['GoingBack', undefined]);
    versions[0] = good('order:0');
    world.rest();
    expect(world.status.stableRevision).toBe(world.revision(2));
  });

  it('with no more pods of those before than are missing, the newest of them first', () => {
    const world = new World([good('order:0'), good('order:1'), { ...good('order:2'), starts: false }]);
    const step = (): void => {
      world.plan();
      world.tick();
    };
    for (let round = 0; round < 3; round += 1) step();
    expect(world.ready()).toBe(2);
    world.release(1);
    while ((world.deployments.get(world.revision(1))?.ready ?? 0) < 2) step();
    expect(wanted(world, 0, 1)).toEqual([2, 3]);
    world.release(2);
    for (let round = 0; round < 6; round += 1) step();
    expect(wanted(world, 0, 1, 2)).toEqual([1, 2, 3]);
  });
});

describe('a take-over', () => {
  it('takes a pod away before it asks for another', () => {
    const world = tried([good('order:0'), unread('order:1')]);
    world.say('promote', world.revision(1));
    for (let round = 0; round < 10; round += 1) {
      world.plan(Number.POSITIVE_INFINITY, (_action, carryOut) => {
        carryOut();
        const [one = 0, other = 0] = wanted(world, 0, 1);
        expect(one + other).toBeLessThanOrEqual(4);
      });
      world.tick();
    }
    expect(world.status.stableRevision).toBe(world.revision(1));
  });

  it('that a person has decided is not ended by the judge', () => {
    const versions = [good('order:0'), unread('order:1')];
    const world = tried(versions);
    world.say('promote', world.revision(1));
    world.plan();
    versions[1] = { ...good('order:1'), works: 'badly' };
    world.rest();
    expect(world.status.stableRevision).toBe(world.revision(1));
  });

  it.each([
    ['a person', (world: World) => world.say('pause', world.revision(1))],
    ['spec', (world: World) => world.edit({ paused: true })],
  ])('stands still while %s pauses it', (_, pause) => {
    const world = tried([good('order:0'), unread('order:1')]);
    world.say('promote', world.revision(1));
    world.restUntil(() => wanted(world, 1)[0] === 2);
    pause(world);
    world.rest();
    expect(wanted(world, 0, 1)).toEqual([1, 2]);
  });

  it('is not held while pods of before a restart are there', () => {
    const world = installed([good('order:0'), unread('order:1')]);
    world.release(1);
    world.restUntil(() => world.ready() === 4);
    const found = world.deployments.get(world.revision(1));
    if (found?.object.status !== undefined) {
      found.object = { ...found.object, status: { ...found.object.status, updatedReplicas: 0 } };
    }
    const { heldSince } = world.status.rollout ?? {};
    world.plan();
    expect([heldSince, world.status.rollout?.heldSince]).toEqual([undefined, undefined]);
  });

  it('leaves no last pod of what was undone', () => {
    const world = installed([good('order:0'), good('order:1')], { rollout: { ...rollout, scaleDownDelay: '10h' } });
    world.release(1);
    world.restUntil(() => world.status.phase === 'Stable' && world.status.stableRevision === world.revision(1));
    world.say('undo', world.revision(0));
    for (let round = 0; round < 20; round += 1) {
      world.plan();
      world.tick();
    }
    expect(wanted(world, 0, 1)).toEqual([3, 0]);
  });
});

describe('what is shown', () => {
  it('counts pods that were just asked for', () => {
    const world = installed([good('order:0')]);
    world.edit({ replicas: 5 });
    world.plan();
    world.plan();
    expect(world.status).toMatchObject({ replicas: 5, readyReplicas: 3 });
  });

  it('is nothing of what was counted for another step', () => {
    const world = tried([good('order:0'), good('order:1')]);
    const observed = world.observe();
    const { measured } = observed;
    if (measured === undefined) throw new Error('nothing was counted');
    const { actions } = planService({ ...observed, measured: { ...measured, key: 'another' } }, world.now);
    const [status] = actions.flatMap((action) => (action.kind === 'status' ? [action.status] : []));
    expect(status?.analysis).toMatchObject({ verdict: 'hold', reason: 'CanaryUnknown' });
  });

  it('does not go back where the stable revision has given nothing away', () => {
    const world = tried([good('order:0'), unread('order:1')]);
    world.say('abort', world.revision(1));
    world.plan();
    expect([world.status.phase, world.status.goingBackSince]).toEqual(['Aborted', undefined]);
  });
});

describe('a command', () => {
  const answer = (world: World) => {
    world.plan();
    return world.status.command;
  };

  it('lets no canary take over while spec is paused', () => {
    const world = tried([good('order:0'), unread('order:1')]);
    world.edit({ paused: true });
    world.say('promote', world.revision(1));
    expect(answer(world)).toMatchObject({ accepted: false, message: 'spec.paused is true; take that back first.' });
  });

  it('makes no Job of a roll-out that was paused before it was made', () => {
    const world = installed([good('order:0'), good('order:1')]);
    world.release(1);
    world.plan(1);
    world.say('pause', world.revision(1));
    world.rest();
    expect([...world.jobs.keys()].filter((name) => name.includes(world.revision(1)))).toEqual([]);
    world.say('resume', world.revision(1));
    world.rest();
    expect(world.status.stableRevision).toBe(world.revision(1));
  });

  it('undoes nothing while a contract migration runs', () => {
    const versions = [good('order:0'), { ...good('order:1'), migration: 'order:0' }];
    const world = installed(versions);
    world.release(1);
    world.rest();
    world.say('contract', world.revision(1));
    world.plan();
    world.say('undo', world.revision(0));
    world.plan();
    expect(world.status.command).toMatchObject({ accepted: false, message: 'a contract migration is running.' });
  });

  it('runs a contract migration again that failed, and none while another revision migrates', () => {
    const versions = [{ ...good('order:0') }, good('order:1')];
    const world = installed(versions);
    const stable = world.revision(0);
    versions[0] = { ...good('order:0'), migrates: false };
    world.say('contract', stable);
    world.rest();
    expect(world.status.contract).toMatchObject({ state: 'Failed', attempt: 1 });
    versions[0] = good('order:0');
    world.release(1);
    world.plan();
    world.say('contract', stable);
    expect(answer(world)).toMatchObject({ accepted: false, message: `${world.revision(1)} is being rolled out.` });
    world.release(0);
    world.rest();
    world.say('contract', stable);
    world.rest();
    expect(world.status.contract).toMatchObject({ state: 'Completed', attempt: 2 });
  });
});

it('what was stable is kept rather than what was aborted', () => {
  const versions = [good('order:0'), good('order:1'), { ...good('order:2'), works: 'badly' as const }, good('order:3')];
  const world = installed(versions, { revisionHistoryLimit: 1 });
  for (const version of [1, 2, 3]) {
    world.release(version);
    world.rest();
  }
  expect([...world.revisions.keys()]).toEqual([world.revision(1), world.revision(3)]);
});
