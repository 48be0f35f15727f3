import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecurity } from '@outrider/scripts/installation/secure-servers';
import { createRun } from '@outrider/scripts/run/run-directory';
import { BenchEnvironment } from '../bench-environment.js';
import { drains, type Drain } from '../drains.js';
import { inTurns } from '../in-turns.js';
import { RELAY, RELAY_BARE } from '../subjects.js';
import { PROTECTIONS } from './protection.js';

/** The relay in plain text and secured; and in plain text without what makes the latter possible. */
export const DRAINED = ['bare', ...PROTECTIONS] as const;
export type Drained = (typeof DRAINED)[number];

const WARM_UP = 20_000;

export interface DrainsByProtection {
  readonly events: number;
  readonly rounds: number;
  readonly told: (text: string) => void;
}

/** Two pairs of servers beside each other, in plain text and secured, on which a relay drains backlogs in turns. */
export async function drainsByProtection(options: DrainsByProtection): Promise<Record<Drained, Drain[]>> {
  const { events, rounds, told } = options;
  const root = await mkdtemp(join(tmpdir(), 'outrider-bench-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(root, { recursive: true }));
  const plain = undo.use(await BenchEnvironment.open(told, { fullJvm: true }));
  const security = await createSecurity(await createRun(root));
  const secure = undo.use(await BenchEnvironment.open(told, { security, fullJvm: true }));
  const drainBy = async (kind: Drained): Promise<Drain> => {
    const spec = kind === 'bare' ? RELAY_BARE : RELAY;
    const [drain] = await drains(kind === 'secure' ? secure : plain, { spec, backlogs: [events], warmUp: WARM_UP });
    if (drain === undefined) throw new Error('nothing was drained');
    return drain;
  };
  // a broker is slow, above all at TLS, until its code has been compiled
  for (const kind of PROTECTIONS) {
    told(`drain, warm-up: ${kind}`);
    await drainBy(kind);
  }
  // awaited here: what was started is undone when this function is left
  return await inTurns(DRAINED, rounds, async (kind, round) => {
    told(`drain, round ${round} of ${rounds}: ${kind}`);
    return drainBy(kind);
  });
}
