import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { exampleUpFile } from './example-up-file.js';
import { untilEnded } from './until-ended.js';
import { removeUpFile, writeUpFile } from './up-file.js';

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.signalCode === null) await once(child, 'exit');
}

test('an installation has ended when its last process has, whatever up.json names meanwhile', async () => {
  const root = await mkdtemp(join(tmpdir(), 'until-ended-'));
  const [first, second] = [spawn('sleep', ['60']), spawn('sleep', ['60'])];
  try {
    const one = exampleUpFile('one', first.pid!);
    await writeUpFile(root, one);
    const watched = untilEnded(root, one, 5);
    const looks = () => new Promise((resolve) => setTimeout(resolve, 100));

    // started again
    await writeUpFile(root, exampleUpFile('one', second.pid!));
    await looks();
    await end(first);
    await looks();
    expect(watched.signal.aborted).toBe(false);

    // another one is up as well, and ends
    await writeUpFile(root, exampleUpFile('two', 2 ** 22 + 1));
    await looks();
    await removeUpFile(root, 'two');
    await looks();
    expect(watched.signal.aborted).toBe(false);

    await end(second);
    await once(watched.signal, 'abort');
    expect(watched.signal.reason).toMatchObject({ code: 'COMMAND_FAILED', message: 'Run one has ended.' });
    watched.stop();
  } finally {
    await Promise.all([end(first), end(second)]);
    await rm(root, { recursive: true });
  }
});
