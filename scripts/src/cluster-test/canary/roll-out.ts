import { setTimeout as sleep } from 'node:timers/promises';
import type { CommerceService, CommerceServiceStatus } from '@outrider/operator/api';
import { CommandError } from '../../cli/errors.js';
import { RELEASE } from '../release.js';
import type { TestRun } from '../test-run.js';

const LOOK_EVERY_MS = 500;
const ENDS_WITHIN_MS = 300_000;

/** How a roll-out went. */
export interface RollOut {
  readonly revision: string;
  readonly ended: 'promoted' | 'aborted';
  /** why it was aborted, in a word; undefined when it was promoted */
  readonly reason: string | undefined;
  /** what the judge said last */
  readonly message: string;
  /** seconds since spec was written until a pod of it was asked for, was ready, until the decision, until all is as it stays */
  readonly seconds: { readonly ready: number | undefined; readonly decided: number; readonly over: number };
  /** what the canary did, by measure: failed of counted, at the last look and at the one before it */
  readonly canary: Readonly<Record<string, string>>;
  readonly before: Readonly<Record<string, string>>;
}

/** A service as the API server shows it. */
export async function readService({ cluster }: TestRun, service: string): Promise<CommerceService> {
  const text = await cluster.k(['get', `csvc/${RELEASE}-${service}`, '--output=json']);
  return JSON.parse(text) as CommerceService;
}

/**
 * Writes spec, and follows what the operator makes of it, until the new revision has taken over or has no pods any more.
 * @throws CommandError when that takes too long
 */
export async function rollOut(test: TestRun, service: string, write: () => Promise<void>): Promise<RollOut> {
  const before = (await readService(test, service)).metadata.generation;
  await write();
  const begun = performance.now();
  const since = (): number => Math.round((performance.now() - begun) / 100) / 10;
  let ready: number | undefined;
  let decided: number | undefined;
  let last: CommerceServiceStatus['analysis'];
  let previous: CommerceServiceStatus['analysis'];
  for (; ; await sleep(LOOK_EVERY_MS, undefined, { signal: test.signal })) {
    const { metadata, status = {} } = await readService(test, service);
    const { specRevision: revision = '', aborted = [], phase, stableRevision, rollout, analysis } = status;
    if (performance.now() - begun > ENDS_WITHIN_MS) {
      throw new CommandError(`${service} is still ${phase}: ${JSON.stringify(status.conditions)}`);
    }
    if (metadata.generation === before || status.observedGeneration !== metadata.generation) continue;
    if (rollout?.revision === revision && rollout.heldSince !== undefined) ready ??= since();
    if (rollout?.phase !== 'Promote' && analysis !== undefined && analysis.at !== last?.at) {
      previous = last;
      last = analysis;
    }
    if (rollout?.phase === 'Promote') decided ??= since();
    const verdict = aborted.find((one) => one.revision === revision);
    if (verdict !== undefined) decided ??= since();
    const isOver = verdict !== undefined ? await hasNoPods(test, revision) : stableRevision === revision;
    if (!isOver || (verdict === undefined && phase !== 'Stable')) continue;
    return {
      revision,
      ended: verdict === undefined ? 'promoted' : 'aborted',
      reason: verdict?.reason,
      message: verdict === undefined ? (last?.message ?? '') : `${verdict.reason}: ${verdict.message}`,
      seconds: { ready, decided: decided ?? since(), over: since() },
      canary: countsOf(last),
      before: countsOf(previous),
    };
  }
}

function countsOf(analysis: CommerceServiceStatus['analysis']): Record<string, string> {
  return Object.fromEntries((analysis?.findings ?? []).map(({ measure, canary }) => [measure, canary]));
}

/** Whether a revision has none but pods that are going. */
async function hasNoPods({ cluster }: TestRun, revision: string): Promise<boolean> {
  const selector = `--selector=commerce.outrider.dev/revision=${revision},app.kubernetes.io/component!=migrate`;
  const pods = await cluster.list(['pods', selector], '{.metadata.name} {.metadata.deletionTimestamp}');
  return pods.every((line) => line.split(' ')[1] !== '');
}

/** One line of what came of it. */
export function shownRollOut({ revision, ended, message, seconds, canary, before }: RollOut): string {
  const counted = Object.entries(canary).map(
    ([measure, count]) => `${measure} ${count}, a look before ${before[measure] ?? 'none'}`,
  );
  const { ready, decided, over } = seconds;
  const times = `ready ${ready ?? '–'} s, decided ${decided} s, over ${over} s`;
  return `${revision} ${ended}: ${message} (${[times, ...counted].join('; ')})`;
}

/** `kubectl annotate`. @returns what the operator answered. @throws CommandError when it answers otherwise */
export async function command(
  test: TestRun,
  service: string,
  name: string,
  revision: string,
  expected: 'accepted' | 'refused' = 'accepted',
): Promise<string> {
  const { cluster, signal } = test;
  await cluster.k(['annotate', `csvc/${RELEASE}-${service}`, `commerce.outrider.dev/${name}=${revision}`]);
  for (const deadline = performance.now() + 30_000; ; await sleep(LOOK_EVERY_MS, undefined, { signal })) {
    const { metadata, status } = await readService(test, service);
    const answer = status?.command;
    const taken = metadata.annotations?.[`commerce.outrider.dev/${name}`] === undefined;
    if (taken && answer?.name === name && answer.value === revision) {
      if (answer.accepted === (expected === 'accepted')) return answer.message;
      throw new CommandError(`${name}=${revision} of ${service} was not ${expected}: ${answer.message}`);
    }
    if (performance.now() > deadline) throw new CommandError(`${name}=${revision} of ${service} was not answered`);
  }
}
