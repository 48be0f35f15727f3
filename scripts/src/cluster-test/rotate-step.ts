import { CommandError } from '../cli/errors.js';
import { plural } from '../cli/screen.js';
import { readCredentials, type Credentials } from './credentials.js';
import { underLoad } from './load.js';
import { balanceBooks } from './order-steps.js';
import { renewAccess } from './reach.js';
import { rotate, tryLogins } from './rotation.js';
import type { Step, TestRun } from './test-run.js';

async function rotateAll(test: TestRun): Promise<string> {
  const { cluster } = test;
  let old: Credentials | undefined;
  const came = await underLoad(test, 'none', async () => {
    old = await rotate(cluster);
  });
  await renewAccess(cluster, await test.reach());
  const now = await readCredentials(cluster);
  mustAll('is not accepted', await tryLogins(cluster, now), (said) => said === 'accepted');
  const before = old === undefined ? {} : await tryLogins(cluster, old);
  mustAll('is still accepted', before, (said) => said !== 'accepted');
  const count = Object.keys(before).length;
  return `${plural(count, 'credential')} exchanged, the old ones are refused: ${came}; ${await balanceBooks(test)}`;
}

function mustAll(
  otherwise: string,
  logins: Readonly<Record<string, string>>,
  asItMust: (said: string) => boolean,
): void {
  const wrong = Object.entries(logins).filter(([, said]) => !asItMust(said));
  if (wrong.length === 0) return;
  throw new CommandError(wrong.map(([name, said]) => `${name} ${otherwise}: ${said}`).join('\n'));
}

export const ROTATE_STEP: Step = { name: 'rotate', title: 'Credentials exchanged under load', run: rotateAll };
