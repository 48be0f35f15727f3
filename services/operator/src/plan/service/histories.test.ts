import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { CommerceServiceStatus } from '../../api/commerce-service.js';
import { COMMANDS } from '../../api/names.js';
import type { WantedObject } from '../../api/objects.js';
import { SPEC, World, type Version } from '../../testing/world.js';
import type { Action } from '../actions.js';
import { dataOf, revisionOf } from '../revision.js';

const WHOLE = 99;
const ROLES = ['asked for', 'stable', 'previous', 'rolled out', 'unknown'] as const;

/** What may happen, in any order. */
type Step =
  | { readonly do: 'plan'; readonly upTo: number }
  | { readonly do: 'tick'; readonly seconds: number }
  | { readonly do: 'run'; readonly rounds: number; readonly every: number }
  | { readonly do: 'release' | 'killPod'; readonly version: number }
  | { readonly do: 'ship'; readonly version: number; readonly rounds: number; readonly every: number }
  | { readonly do: 'scale'; readonly replicas: number }
  | { readonly do: 'pause'; readonly paused: boolean }
  | { readonly do: 'scaleByHand'; readonly version: number; readonly replicas: number }
  | { readonly do: 'say'; readonly command: (typeof COMMANDS)[number]; readonly to: (typeof ROLES)[number] };

const version = fc.nat({ max: 3 });
const steps = fc.array(
  fc.oneof(
    // an operator that crashes after so many actions, or not
    { weight: 4, arbitrary: fc.record({ do: fc.constant('plan' as const), upTo: fc.constantFrom(0, 1, 2, 3, WHOLE) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('tick' as const), seconds: fc.constantFrom(1, 10, 61, 700) }) },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('run' as const),
        rounds: fc.integer({ min: 1, max: 16 }),
        every: fc.constantFrom(1, 1, 2, 3),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), version }) },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('ship' as const),
        version,
        rounds: fc.integer({ min: 6, max: 24 }),
        every: fc.constantFrom(1, 2, 3),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('killPod' as const), version }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('scale' as const), replicas: fc.nat({ max: 5 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const), paused: fc.boolean() }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('scaleByHand' as const), version, replicas: fc.nat({ max: 5 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('say' as const),
        command: fc.constantFrom(...COMMANDS),
        to: fc.constantFrom(...ROLES),
      }),
    },
  ),
  { minLength: 3, maxLength: 25 },
);

const quality = fc.record({
  starts: fc.constantFrom(true, true, true, true, true, false),
  migrates: fc.constantFrom(true, true, true, true, true, true, false),
  works: fc.constantFrom<Version['works'][]>('well', 'well', 'well', 'well', 'badly', 'unread'),
});

const qualities = fc.array(quality, { minLength: 4, maxLength: 4 });

const rollout = fc.record({
  steps: fc.constantFrom(
    [{ replicas: 1, hold: '10s' }],
    [
      { replicas: 1, hold: '10s' },
      { replicas: 2, hold: '10s' },
    ],
    [{ replicas: 1 }, { replicas: 3, hold: '10s' }],
  ),
  onFailure: fc.constantFrom('abort' as const, 'pause' as const),
  scaleDownDelay: fc.constantFrom('0s', '90s'),
});

describe('after any history', () => {
  it('one revision is stable, promises hold after each action, and it comes to rest', () => {
    fc.assert(
      fc.property(
        qualities,
        fc.constantFrom(true, true, true, false),
        rollout,
        steps,
        (kinds, isInstalled, settings, history) => {
          const versions = kinds.map((one, index): Version => ({ image: `order:${index}`, ...one }));
          if (isInstalled) versions[0] = { image: 'order:0', starts: true, migrates: true, works: 'well' };
          const world = new World(versions, { rollout: { ...SPEC.rollout, ...settings } });
          // in most histories something runs before others take over
          if (isInstalled) world.rest(() => planned(world, WHOLE));
          for (const step of history) {
            happen(world, step);
          }
          world.edit({ paused: false });
          // comes to rest, or throws; then nothing is written any more
          world.rest(() => planned(world, WHOLE));
          for (const { revision } of world.status.aborted ?? []) {
            const isNeeded = world.status.goingBackSince !== undefined || world.status.stableRevision === undefined;
            if (revision !== world.status.stableRevision && !isNeeded) expect(world.wanted(revision)).toBe(0);
          }
        },
      ),
      { numRuns: Number(process.env['HISTORIES'] ?? 60) },
    );
  });
});

function happen(world: World, step: Step): void {
  switch (step.do) {
    case 'plan':
      planned(world, step.upTo);
      return;
    case 'tick':
      world.tick();
      world.now += step.seconds * 1000;
      return;
    case 'ship':
      world.release(step.version);
      return happen(world, { ...step, do: 'run' });
    case 'run':
      for (let round = 0; round < step.rounds; round += 1) {
        planned(world, WHOLE);
        if (round % step.every === 0) world.tick();
        world.now += 11_000;
      }
      return;
    case 'release':
      return world.release(step.version);
    case 'killPod':
      return world.killPod(world.revision(step.version));
    case 'scale':
      return world.edit({ replicas: step.replicas });
    case 'pause':
      return world.edit({ paused: step.paused });
    case 'scaleByHand':
      return world.scaleByHand(world.revision(step.version), step.replicas);
    case 'say':
      return world.say(step.command, inRole(world, step.to));
  }
}

function inRole({ status, resource }: World, role: (typeof ROLES)[number]): string {
  const named = {
    'asked for': revisionOf(dataOf(resource.spec)),
    stable: status.stableRevision,
    previous: status.history?.[1]?.revision,
    'rolled out': status.rollout?.revision,
    unknown: 'zzzzzzzz',
  }[role];
  return named ?? '';
}

/** Plans once and holds each action against what is promised. @returns how many actions there were */
function planned(world: World, upTo: number): number {
  const actions = world.plan(upTo, (action, carryOut) => {
    const before = { ready: world.ready(), status: world.status };
    const asked = action.kind === 'apply' ? askedFor(world, action.object) : undefined;
    carryOut();
    if (action.kind === 'status') onlyAsAllowed(world, before.status, action);
    if (asked === undefined) return;
    const { revision, from, to } = asked;
    const aborted = world.status.aborted?.some((one) => one.revision === revision) ?? false;
    // An aborted revision never gets a pod again.
    if (aborted && to > from) throw new Error(`aborted ${revision} went from ${from} to ${to}`);
    // Pods that serve are never taken away while fewer than promised are ready; what was aborted goes at once.
    const serves = revision === world.status.stableRevision || world.status.goingBackSince !== undefined;
    if (serves) expect(world.ready()).toBeGreaterThanOrEqual(Math.min(before.ready, world.resource.spec.replicas));
  });
  if (upTo >= WHOLE) underTheCap(world);
  return actions;
}

function askedFor(world: World, { kind, metadata, spec }: WantedObject) {
  const revision = metadata.labels?.['commerce.outrider.dev/revision'];
  if (kind !== 'Deployment' || revision === undefined) return undefined;
  return { revision, from: world.wanted(revision), to: (spec as { replicas: number }).replicas };
}

/** A revision becomes the stable one when it was judged good, when a person said so, or when there was none before. */
function onlyAsAllowed(
  world: World,
  before: CommerceServiceStatus,
  { status }: Extract<Action<CommerceServiceStatus>, { kind: 'status' }>,
): void {
  const { command, contract, rollout, stableRevision } = status;
  if (before.stableRevision !== undefined) expect(stableRevision).toBeDefined();
  if (stableRevision !== before.stableRevision) {
    const undone = command?.name === 'undo' && command.accepted && command.value === stableRevision;
    const from = before.rollout;
    const tookOver = from?.revision === stableRevision && from?.promotedBy !== undefined;
    // a first revision that has all of its pods already, such as none, begins and ends in one plan
    const isFirst = before.stableRevision === undefined;
    expect({ undone, tookOver, isFirst, before }).not.toMatchObject({ undone: false, tookOver: false, isFirst: false });
  }
  if (rollout?.promotedBy === 'judge' && before.rollout?.promotedBy === undefined) {
    const judged = world.versions.findIndex((_, index) => world.revision(index) === rollout.revision);
    expect(world.versions[judged]?.works).toBe('well');
  }
  if (contract?.state === 'Running' && before.contract?.state !== 'Running') {
    const isAlone = (pods: number, revision: string): boolean => pods === 0 || revision === contract.revision;
    expect(contract.revision).toBe(before.stableRevision);
    for (const [revision] of world.deployments) expect(isAlone(world.wanted(revision), revision)).toBe(true);
    for (const [revision, pods] of world.ending) expect(isAlone(pods, revision)).toBe(true);
  }
  if (rollout?.promotedBy === 'person' && before.rollout?.promotedBy !== 'person') {
    expect(command).toMatchObject({ name: 'promote', accepted: true, value: rollout.revision });
  }
}

/**
 * Replicas of spec, and the pods of the largest step beside them, or as many as are not ready of those that take over;
 * going back, all pods twice.
 */
function underTheCap(world: World): void {
  const { replicas, rollout: settings } = world.resource.spec;
  const { goingBackSince, stableRevision, rollout } = world.status;
  const sum = [...world.deployments.keys()].reduce((all, revision) => all + world.wanted(revision), 0);
  const largest = Math.max(1, ...settings.steps.map((one) => one.replicas));
  const twice = goingBackSince !== undefined || stableRevision === undefined;
  const taking = rollout?.phase === 'Promote' ? world.deployments.get(rollout.revision)?.object : undefined;
  const notReady = (taking?.spec.replicas ?? 0) - (taking?.status?.readyReplicas ?? 0);
  const beside = twice ? replicas : Math.max(largest, notReady);
  expect(sum).toBeLessThanOrEqual(replicas + Math.min(beside, replicas));
}
